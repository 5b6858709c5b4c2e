using System.Text;
using Tenet.Foundation.Files;
using Tenet.Foundation.Files.Simulation;
using Tenet.Raft;

namespace Tenet.Wal.Tests;

/// <summary>What tests of the log have in common: places, entries, files as bytes.</summary>
internal static class TestLog
{
    public const string WalPath = "/data/member/wal";

    public static readonly byte[] Metadata = "who I am"u8.ToArray();

    public static SimFileSystem NewDisk()
    {
        var disk = new SimFileSystem();
        disk.CreateDirectory("/data/member");
        disk.MakeDurable();
        return disk;
    }

    public static WalOptions Options(long segmentBytes = 64 * 1024) => new() { SegmentBytes = segmentBytes };

    public static WriteAheadLog Create(IFileSystem disk, long segmentBytes = 64 * 1024) =>
        WriteAheadLog.Create(disk, WalPath, Metadata, Options(segmentBytes));

    public static WalRecovery Open(IFileSystem disk, WalSnapshot? from = null, long segmentBytes = 64 * 1024) =>
        WriteAheadLog.Open(disk, WalPath, from ?? WalSnapshot.Beginning, Options(segmentBytes));

    public static Entry Entry(ulong index, ulong term = 1, int bytes = 20)
    {
        byte[] data = new byte[bytes];
        for (int i = 0; i < bytes; i++)
            data[i] = (byte)('a' + (index + term * 7 + (ulong)i) % 26);
        return new Entry(term, index, EntryType.Normal, data);
    }

    public static List<Entry> Entries(ulong first, ulong last, ulong term = 1, int bytes = 20)
    {
        var entries = new List<Entry>();
        for (ulong index = first; index <= last; index++)
            entries.Add(Entry(index, term, bytes));
        return entries;
    }

    public static WalSnapshot Snapshot(ulong index, ulong term = 1) => new(index, term, new ConfState([1, 2, 3]));

    public static string Last(IFileSystem disk)
    {
        IReadOnlyList<string> names = disk.List(WalPath);
        for (int i = names.Count - 1; i >= 0; i--)
        {
            if (names[i].EndsWith(".wal", StringComparison.Ordinal))
                return $"{WalPath}/{names[i]}";
        }

        throw new FileNotFoundException("no segment");
    }

    public static byte[] ReadFile(this IFileSystem disk, string path)
    {
        using IFile file = disk.Open(path, FileOpenMode.Existing, FileAccess.Read);
        byte[] bytes = new byte[file.Length];
        file.Read(bytes, 0);
        return bytes;
    }

    public static void WriteFile(this IFileSystem disk, string path, ReadOnlySpan<byte> bytes)
    {
        using IFile file = disk.Open(path, FileOpenMode.Truncate, FileAccess.ReadWrite);
        file.Write(bytes, 0);
    }

    public static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);

    public static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal));

    /// <summary>Everything that a recovery says, so that two can be compared.</summary>
    public static string Describe(WalRecovery recovery)
    {
        var text = new StringBuilder();
        text.Append(Hex(recovery.Metadata.Span)).Append(' ').Append(recovery.HardState).Append('\n');
        foreach (Entry entry in recovery.Entries)
            text.Append(entry.Index).Append('/').Append(entry.Term).Append('/').Append(entry.Type).Append(' ').Append(Hex(entry.Data.Span)).Append('\n');
        return text.ToString();
    }
}
