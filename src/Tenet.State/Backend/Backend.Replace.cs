using Tenet.Bolt;
using Tenet.Foundation;

namespace Tenet.State.Backends;

/// <content>
/// A leader's snapshot in the place of the file (contract/consensus.md, 3.4). Until the rename the old file stands under its name and the received
/// one under another; from the rename on the received one, which is complete, stands there alone. Reads that are open, images being streamed
/// included, go on from the old file, which closes with the last of them.
/// </content>
public sealed partial class Backend
{
    /// <summary>
    /// Opens a database that a leader has sent, to be read before it replaces this one. It is closed by disposing it. Nothing is replaced yet.
    /// </summary>
    /// <param name="receivedPath">The received file.</param>
    /// <param name="index">The index of the snapshot that it belongs to.</param>
    /// <exception cref="CorruptionException">It cannot be read, or it does not hold everything up to the snapshot's index.</exception>
    /// <exception cref="IOException">It is not there, or the disk refuses.</exception>
    internal Backend OpenReceived(string receivedPath, ulong index)
    {
        if (!_files.FileExists(receivedPath))
            throw new FileNotFoundException($"failed to find database snapshot file {receivedPath} (snap: snapshot file doesn't exist)", receivedPath);
        Backend received = Open(_files, receivedPath, _options);
        if (received.ConsistentIndex >= index)
            return received;
        ulong found = received.ConsistentIndex;
        received.Dispose();
        throw new CorruptionException(receivedPath, 0, $"a database with everything up to index {index}, as its snapshot says", $"index {found}");
    }

    /// <summary>
    /// Puts a received database, which <see cref="OpenReceived"/> has found good, in the place of the file, and drops what was not committed: the received one
    /// has it. Apply thread, between entries.
    /// </summary>
    /// <param name="receivedPath">The received file, in the directory of the backend's; open nowhere.</param>
    /// <param name="atOnce">
    /// Given the step that makes reads see the new file, calls it exactly once, together with whatever must change in the same moment. It does no I/O.
    /// </param>
    /// <exception cref="IOException">The disk refuses; the member must stop.</exception>
    internal void Replace(string receivedPath, Action<Action> atOnce)
    {
        lock (_commitGate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            ThrowIfFailed();

            // Its copy is of the old file. Whoever makes it finds out and disposes it.
            _defragmentation?.BecomeObsolete();
            _defragmentation = null;
            try
            {
                _files.Rename(receivedPath, _path);
                _files.SyncDirectory(System.IO.Path.GetDirectoryName(_path)!);
                BoltDatabase database = BoltDatabase.Open(_files, _path, BoltOptionsOf(_options));
                _committed.CloseDatabaseWithIt(TakesReplaced);
                var next = new CommittedState(database);
                ulong index = ReadMeta(next, MetaKeys.ConsistentIndex);
                ulong term = ReadMeta(next, MetaKeys.Term);
                CommittedState? previous = null;
                atOnce(() => previous = Exchange(database, next, index, term));
                Invariant.That(previous != null, $"the file was replaced and reads were not told");
                previous.Release();
            }
            catch (Exception e)
            {
                _failure = e;
                throw;
            }
        }
    }

    private CommittedState Exchange(BoltDatabase database, CommittedState next, ulong index, ulong term)
    {
        lock (_gate)
        {
            CommittedState previous = _committed;
            _committed = next;
            _database = database;
            _open = new WriteBatch();

            // Whoever holds the sealed batch and commits it late finds it done.
            if (_sealed is { } dropped)
                dropped.IsCommitted = true;
            Volatile.Write(ref _sealed, null);
            ConsistentIndex = index;
            ConsistentTerm = term;
            Volatile.Write(ref _committedIndex, index);
            return previous;
        }
    }
}
