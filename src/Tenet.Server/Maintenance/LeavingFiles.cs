using Tenet.Foundation.Files;
using Tenet.Server.Loops;

namespace Tenet.Server.Maintenance;

/// <summary>
/// Files that nobody needs and that are still open: replaced databases, old segments of the log. Closing a large one frees all its space in one go, and every sync
/// of the disk waits for that; so each is made shorter step by step before.
/// </summary>
/// <remarks>
/// A file comes here only after the loss of its name is durable: a power cut must not bring a name back for what is shorter by then. It comes from any thread; steps belong to
/// one loop, and <see cref="Close"/> comes after its last turn.
/// </remarks>
internal sealed class LeavingFiles(WakeSignal signal)
{
    /// <summary>Bytes that go at once: freeing them is a change of the file system, and syncs of the log wait for it.</summary>
    private const long StepBytes = 4 << 20;

    private readonly Lock _lock = new();
    private readonly Queue<IFile> _files = [];
    private bool _isClosed;

    public bool IsEmpty
    {
        get
        {
            lock (_lock)
                return _files.Count == 0;
        }
    }

    /// <summary>Takes a file over.</summary>
    public void Take(IFile file)
    {
        bool isLate;
        lock (_lock)
        {
            isLate = _isClosed;
            if (!isLate)
                _files.Enqueue(file);
        }

        if (isLate)
            file.Dispose();
        else
            signal.Set();
    }

    /// <summary>Makes the first file shorter, or lets go of it.</summary>
    public void Step()
    {
        IFile? file;
        lock (_lock)
        {
            if (!_files.TryPeek(out file))
                return;
        }

        if (TryShorten(file))
            return;
        lock (_lock)
            _files.Dequeue();
        file.Dispose();
    }

    /// <summary>Lets go of all that is left, and of what comes from now on.</summary>
    public void Close()
    {
        lock (_lock)
            _isClosed = true;
        // Nobody adds to it any more, nor takes from it.
        while (_files.TryDequeue(out IFile? file))
            file.Dispose();
    }

    /// <returns>False if nothing is left of it, or it must go at once.</returns>
    private static bool TryShorten(IFile file)
    {
        try
        {
            long length = Math.Max(0, file.Length - StepBytes);
            file.SetLength(length);
            return length > 0;
        }
        catch (IOException)
        {
            // Nobody needs it: all that is lost is that it goes at once.
            return false;
        }
    }
}
