using System.Globalization;
using Tenet.Bolt;
using Tenet.Foundation;
using Tenet.Foundation.Files;

namespace Tenet.State.Backends;

/// <content>
/// Defragmentation (contract/storage.md, 6.8): <see cref="BackendDefragmentation"/> copies, here it gets its views and takes the file's place. <c>_commitGate</c>
/// is held for a moment at the beginning of each round, and at the end for what the last batches have written, the rename and its sync. Writes gather
/// in the open batch meanwhile; <c>_gate</c> is taken only to exchange the files.
/// </content>
public sealed partial class Backend
{
    private const string CopyInfix = ".tmp.";
    private const int StepOperations = 10_000;
    private const long StepBytes = 8 << 20;

    private volatile BackendDefragmentation? _defragmentation;

    /// <summary>Whether the file is being copied to take its own place. The history is not compacted then.</summary>
    public bool IsDefragmenting => _defragmentation != null;

    /// <summary>Rewrites the file without its free pages, all at once. Any thread, but no other defragmentation may be under way.</summary>
    /// <exception cref="IOException">Copying failed and the old file is still in use; or, after the rename, the member must stop.</exception>
    public void Defragment()
    {
        using BackendDefragmentation defragmentation = BeginDefragmentation();
        while (defragmentation.Step(StepOperations, StepBytes))
        {
            // Until little is left.
        }

        defragmentation.Switch();
    }

    /// <summary>Begins a defragmentation, the only one. Whoever begins it disposes it; the backend does so if it is closed before.</summary>
    /// <exception cref="IOException">The copy cannot be made, or nothing is written any more.</exception>
    internal BackendDefragmentation BeginDefragmentation()
    {
        string path = FreeName();
        BoltDatabase? copy = null;
        try
        {
            // Always synced, also where commits are not: the copy replaces a file that may be complete.
            copy = BoltDatabase.Open(_files, path, BoltOptionsOf(_options) with { NoSync = false, PageSize = _database.PageSize });
            lock (_commitGate)
            {
                ObjectDisposedException.ThrowIf(_disposed, this);
                ThrowIfFailed();
                Invariant.That(_defragmentation == null, $"{_path} is defragmented twice at once");
                _committed.Acquire();
                return _defragmentation = new BackendDefragmentation(this, _committed, copy);
            }
        }
        catch
        {
            copy?.Dispose();
            RemoveCopy(path);
            throw;
        }
    }

    /// <summary>What a round of a defragmentation copies from: the committed state that has everything which was missed until now.</summary>
    /// <param name="take">Takes what was missed, or says that there is to be no round.</param>
    internal CommittedState? TakeMissed(Func<bool> take)
    {
        lock (_commitGate)
        {
            if (_defragmentation is not { IsObsolete: false } || !take())
                return null;
            _committed.Acquire();
            return _committed;
        }
    }

    internal bool Switch(BackendDefragmentation defragmentation)
    {
        lock (_commitGate)
        {
            if (defragmentation.IsObsolete)
                return false;
            ThrowIfFailed();
            defragmentation.CopyRest(_committed);
            _files.Rename(defragmentation.Copy.Path, _path);
            try
            {
                // The old file has lost its name, so nothing may be committed into it any more, whatever happens from here on. And nothing into
                // the new one before its name is durable: a power cut would bring the old one back.
                _files.SyncDirectory(System.IO.Path.GetDirectoryName(_path)!);
                BoltDatabase copy = defragmentation.Copy;
                copy.Renamed(_path, _options.UnsafeNoFsync);
                _committed.CloseDatabaseWithIt(TakesReplaced);
                defragmentation.OnSwitched();
                Publish(copy, new CommittedState(copy), committed: null);
            }
            catch (Exception e)
            {
                _failure = e;
                throw;
            }

            _defragmentation = null;
            return true;
        }
    }

    /// <summary>It does not want to know of commits any more.</summary>
    internal void Forget(BackendDefragmentation defragmentation)
    {
        lock (_commitGate)
        {
            if (_defragmentation == defragmentation)
                _defragmentation = null;
        }
    }

    /// <summary>Removes a copy that is not going to be the file.</summary>
    internal void RemoveCopy(string path)
    {
        try
        {
            _files.DeleteFile(path);
        }
        catch (IOException)
        {
            // The disk has worse to tell. What stays is removed at the next opening.
        }
    }

    private static void RemoveLeftovers(IFileSystem files, string path)
    {
        string directory = System.IO.Path.GetDirectoryName(path)!;
        string prefix = System.IO.Path.GetFileName(path) + CopyInfix;
        foreach (string name in files.List(directory))
        {
            if (name.StartsWith(prefix, StringComparison.Ordinal))
                files.DeleteFile(System.IO.Path.Combine(directory, name));
        }
    }

    private string FreeName()
    {
        for (int number = 1; ; number++)
        {
            string name = _path + CopyInfix + number.ToString(CultureInfo.InvariantCulture);
            if (!_files.FileExists(name))
                return name;
        }
    }
}
