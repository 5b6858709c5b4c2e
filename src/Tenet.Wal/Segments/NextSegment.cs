using Tenet.Foundation.Files;

namespace Tenet.Wal.Segments;

/// <summary>
/// The file that becomes the next segment: empty, locked, its space reserved, under the name <c>0.tmp</c> or <c>1.tmp</c> in turn. Making it ahead
/// of time keeps the reservation off the appending path. Any thread may make it; the appending thread takes it.
/// </summary>
/// <remarks>
/// The lock is held while the file is made. Who takes it in that moment waits only for the rest of what it would otherwise do itself.
/// </remarks>
internal sealed class NextSegment(IFileSystem files, string directory, long bytes) : IDisposable
{
    private readonly Lock _gate = new();
    private IFile? _file;
    private int _made;
    private bool _closed;

    public bool IsReady => Volatile.Read(ref _file) is not null;

    /// <summary>Makes the file unless it is there.</summary>
    public void Prepare()
    {
        lock (_gate)
        {
            if (_file is null && !_closed)
                _file = Make();
        }
    }

    /// <summary>Hands over the file, made now if it was not made before. Its path is its name until the caller renames it.</summary>
    public IFile Take()
    {
        lock (_gate)
        {
            IFile file = _file ?? Make();
            _file = null;
            return file;
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _closed = true;
            if (_file is null)
                return;
            files.DeleteFile(_file.Path);
            _file.Dispose();
            _file = null;
        }
    }

    private IFile Make()
    {
        IFile file = SegmentDirectory.OpenLocked(files, $"{directory}/{_made % 2}.tmp", FileOpenMode.OpenOrCreate);
        try
        {
            // A crash may have left a file with the beginnings of a segment; stale records must not follow new ones.
            file.SetLength(0);
            file.Preallocate(bytes);
            _made++;
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}
