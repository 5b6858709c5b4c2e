using System.Globalization;
using Tenet.Foundation.Files;

namespace Tenet.Wal;

/// <summary>
/// A db image on its way from a leader to the disk (contract/storage.md, 3.6): a nameless <c>tmp*</c> file until <see cref="Complete"/>, and the
/// <c>.snap.db</c> of its index from then on. One thread at a time.
/// </summary>
/// <remarks>Disposed before <see cref="Complete"/>, or found after a crash, it leaves nothing that anybody would take for an image.</remarks>
public sealed class ReceivedDatabase : IDisposable
{
    private readonly IFileSystem _files;
    private readonly string _directory;
    private readonly string _temporary;
    private readonly string _path;
    private readonly IFile _file;
    private bool _ended;

    internal ReceivedDatabase(IFileSystem files, string directory, string path)
    {
        _files = files;
        _directory = directory;
        _path = path;
        _temporary = FreeName(files, directory);
        _file = files.Open(_temporary, FileOpenMode.CreateNew, FileAccess.ReadWrite);
    }

    /// <summary>Where the image lies once it is complete.</summary>
    public string Path => _path;

    /// <summary>Bytes received so far.</summary>
    public long Length { get; private set; }

    /// <summary>The next bytes.</summary>
    /// <exception cref="IOException">The disk refuses.</exception>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        ObjectDisposedException.ThrowIf(_ended, this);
        _file.Write(bytes, Length);
        Length += bytes.Length;
    }

    /// <summary>
    /// All is there: durable on return, name included. If an image of the same index is there already, that one stays and this one goes: both are
    /// what some leader had applied at the index, and the older one may be in use.
    /// </summary>
    /// <exception cref="IOException">The disk refuses; dispose of it.</exception>
    public void Complete()
    {
        ObjectDisposedException.ThrowIf(_ended, this);
        _file.Sync();
        if (_files.FileExists(_path))
            _files.DeleteFile(_temporary);
        else
            _files.Rename(_temporary, _path);

        // Raft is told of the snapshot next, and a member that has recorded it cannot start without its image.
        _files.SyncDirectory(_directory);
        _ended = true;
        _file.Dispose();
    }

    /// <summary>Removes what was received, unless it is complete.</summary>
    public void Dispose()
    {
        if (_ended)
            return;
        _ended = true;
        _file.Dispose();
        _files.DeleteFile(_temporary);
    }

    private static string FreeName(IFileSystem files, string directory)
    {
        for (int number = 1; ; number++)
        {
            string name = $"{directory}/tmp{number.ToString(CultureInfo.InvariantCulture)}";
            if (!files.FileExists(name))
                return name;
        }
    }
}
