using Tenet.Foundation.Files;
using Tenet.Foundation.Files.Simulation;

namespace Tenet.Bolt.Tests.Support;

/// <summary>Short ways to open and fill databases on a simulated disk.</summary>
internal static class Databases
{
    public const string Path = "/db";

    public static BoltOptions Options { get; } = new() { PageSize = 4096, Strict = true, LockTimeout = TimeSpan.FromSeconds(5) };

    public static BoltDatabase Open(this SimFileSystem files, BoltOptions? options = null) => BoltDatabase.Open(files, Path, options ?? Options);

    public static byte[] Bytes(string text) => System.Text.Encoding.UTF8.GetBytes(text);

    public static void Write(this BoltDatabase database, Action<BoltWriteTransaction> change)
    {
        using BoltWriteTransaction transaction = database.BeginWrite();
        change(transaction);
        transaction.Commit();
    }

    /// <summary>A bucket "b" with keys k00000… and values of this length.</summary>
    public static void Fill(this BoltDatabase database, int count, int valueBytes = 100, int from = 0) => database.Write(transaction =>
    {
        BoltBucket bucket = transaction.CreateBucketIfMissing("b"u8);
        for (int i = from; i < from + count; i++)
            bucket.Put(Bytes($"k{i:d5}"), new byte[valueBytes]);
    });

    public static string Describe(this BoltDatabase database)
    {
        using BoltReadTransaction view = database.BeginRead();
        return ModelBucket.Read(view).Describe();
    }

    public static IReadOnlyList<string> Problems(this BoltDatabase database)
    {
        using BoltReadTransaction view = database.BeginRead();
        return view.Check().Problems;
    }

    public static byte[] ReadAll(this IFileSystem files, string path = Path)
    {
        using IFile file = files.Open(path, FileOpenMode.Existing, FileAccess.Read);
        byte[] content = new byte[file.Length];
        file.Read(content, 0);
        return content;
    }

    public static void WriteAll(this IFileSystem files, byte[] content, string path = Path)
    {
        using IFile file = files.Open(path, FileOpenMode.Truncate, FileAccess.ReadWrite);
        file.Write(content, 0);
        file.Sync();
    }

    public static byte[] Page(this byte[] file, int page, int pageSize = 4096) => file.AsSpan(page * pageSize, pageSize).ToArray();
}
