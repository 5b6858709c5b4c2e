using Tenet.Foundation.Files;
using Tenet.State.Backends;
using Tenet.State.Mvcc;

namespace Tenet.Utl.Hashing;

/// <summary>HashKV of a db file (contract/storage.md, 6.6). The file is opened for reading only, so a compaction that is due stays due.</summary>
internal static class HistoryHash
{
    /// <exception cref="UtlException">There is no such file, or the revision is not in it.</exception>
    public static HashKvResult Compute(IFileSystem files, string path, long revision, TimeSpan? lockTimeout)
    {
        DataDirectory.RequireFile(files, path);
        using Backend backend = Backend.Open(files, path, new BackendOptions { ReadOnly = true, LockTimeout = lockTimeout });
        using MvccStore store = MvccStore.Restore(backend, NoLeases.Instance, SequentialRunner.Instance);
        Outcome<HashKvResult> outcome = store.HashKv(revision);
        return outcome.IsRefused
            ? throw new UtlException(outcome.Error.Message.Replace("etcdserver: ", "", StringComparison.Ordinal))
            : outcome.Response;
    }
}
