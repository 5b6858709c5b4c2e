using Tenet.Bolt;
using Tenet.Foundation.Files;

namespace Tenet.Utl.BoltCommands;

/// <summary>Opens db files for commands that only look at them.</summary>
internal static class BoltFileSource
{
    /// <exception cref="UtlException">There is no such file; the message is bbolt's.</exception>
    public static void Require(IFileSystem files, string path)
    {
        if (!files.FileExists(path))
            throw new UtlException($"source database file \"{path}\" doesn't exist");
    }

    /// <summary>Opens a file for reading, under the shared lock that bbolt takes too.</summary>
    public static BoltDatabase Open(IFileSystem files, string path, TimeSpan? lockTimeout)
    {
        Require(files, path);
        return BoltDatabase.Open(files, path, new BoltOptions { ReadOnly = true, LockTimeout = lockTimeout });
    }

    /// <summary>The bucket at the end of a path of names.</summary>
    /// <exception cref="UtlException">There is none.</exception>
    public static BoltBucket Bucket(BoltReadTransaction view, IReadOnlyList<string> path)
    {
        BoltBucket? bucket = null;
        foreach (string name in path)
        {
            byte[] bytes = System.Text.Encoding.UTF8.GetBytes(name);
            bucket = (bucket is null ? view.Bucket(bytes) : bucket.Bucket(bytes)) ?? throw new UtlException("bucket not found");
        }

        return bucket ?? throw new UtlException("bucket is required: bucket required");
    }
}
