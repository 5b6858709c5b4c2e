using System.Globalization;
using Tenet.Bolt;
using Tenet.Foundation.Files;

namespace Tenet.State.Backends;

/// <content>
/// Defragmentation (contract/storage.md, 6.8). It holds <c>_commitGate</c> throughout, so the file does not change under the copy: writes
/// gather in the open batch (up to its bound, then the apply thread waits), reads go on from the old file. <c>_gate</c> is taken only to
/// swap the files at the end. A crash leaves the old file under its name until the rename, and the complete and synced new one after it;
/// a left-over copy is removed at the next opening.
/// </content>
public sealed partial class Backend
{
    private const string CopyInfix = ".tmp.";

    /// <summary>Rewrites the file without its free pages. Reads and writes go on; commits wait for it. Any thread.</summary>
    /// <exception cref="IOException">Copying failed and the old file is still in use; or, after the rename, the member must stop.</exception>
    public void Defragment()
    {
        lock (_commitGate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_failure != null)
                throw new IOException($"{_path}: nothing is written after a commit failed", _failure);
            string copy = CopyCommittedState();
            try
            {
                _files.Rename(copy, _path);
            }
            catch
            {
                _files.DeleteFile(copy);
                throw;
            }

            try
            {
                // The old file has lost its name, so nothing may be committed into it any more, whatever happens from here on.
                _files.SyncDirectory(System.IO.Path.GetDirectoryName(_path)!);
                BoltDatabase database = BoltDatabase.Open(_files, _path, BoltOptionsOf(_options));
                _committed.CloseDatabaseWithIt();
                Publish(database, new CommittedState(database), committed: null);
            }
            catch (Exception e)
            {
                _failure = e;
                throw;
            }
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

    private string CopyCommittedState()
    {
        string copy = FreeName();
        try
        {
            // Always synced, also where commits are not: the copy replaces a file that may be complete.
            using BoltDatabase target = BoltDatabase.Open(_files, copy, new BoltOptions { PageSize = _database.PageSize });
            BoltCompaction.CopyTo(_committed.Transaction, target);
        }
        catch
        {
            _files.DeleteFile(copy);
            throw;
        }

        return copy;
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
