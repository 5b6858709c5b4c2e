using System.Diagnostics;
using System.Globalization;
using Tenet.Foundation;
using Tenet.Foundation.Checksums;
using Tenet.Foundation.Files;
using Tenet.Foundation.Logging;
using Tenet.Raft;
using Tenet.Raft.Wire;
using Tenet.Wal.Records;

namespace Tenet.Wal;

/// <summary>The Raft snapshots of a member (<c>.snap</c>) and the db images that came with received ones (<c>.snap.db</c>): contract/storage.md, part 3.</summary>
public sealed class SnapshotFiles(IFileSystem files, string directory, ILog? log = null)
{
    private const string Extension = ".snap";
    private const string DatabaseExtension = ".snap.db";

    private readonly ILog _log = log ?? NoLog.Instance;
    private readonly Lock _receiving = new();

    /// <summary>Writes a snapshot; it is durable on return, name included. A snapshot of index 0 is never written.</summary>
    /// <exception cref="IOException">The disk refuses; what was written is removed again.</exception>
    public SnapshotSaveTimes Save(Snapshot snapshot)
    {
        if (snapshot.IsEmpty)
            return default;
        string path = $"{directory}/{snapshot.Term:x16}-{snapshot.Index:x16}{Extension}";
        long startedAt = Stopwatch.GetTimestamp();
        byte[] bytes = Encode(snapshot);
        TimeSpan encode = Stopwatch.GetElapsedTime(startedAt);
        TimeSpan sync;
        try
        {
            using IFile file = files.Open(path, FileOpenMode.Truncate, FileAccess.ReadWrite, FilePermissions.Shared);
            file.Write(bytes, 0);
            startedAt = Stopwatch.GetTimestamp();
            file.Sync();
            sync = Stopwatch.GetElapsedTime(startedAt);
        }
        catch
        {
            files.DeleteFile(path);
            throw;
        }

        // The log's record of this snapshot is written next, and must not be there without it.
        files.SyncDirectory(directory);
        return new SnapshotSaveTimes(encode, sync);
    }

    /// <summary>
    /// The newest readable snapshot that satisfies the condition, or null. Damaged files are renamed to <c>.broken</c> and passed over, unreadable ones
    /// passed over; orphans of a defragmentation (<c>db.tmp*</c>) are removed (contract/storage.md, 3.2 and 3.3).
    /// </summary>
    public Snapshot? Load(Func<Snapshot, bool>? matches = null)
    {
        RemoveStartingWith("db.tmp");
        IReadOnlyList<string> names = files.List(directory);
        for (int i = names.Count - 1; i >= 0; i--)
        {
            string name = names[i];
            if (!name.EndsWith(Extension, StringComparison.Ordinal))
            {
                if (name != "db")
                    _log.Warn("found unexpected non-snap file; skipping", new LogField("path", name));
                continue;
            }

            if (TryRead($"{directory}/{name}") is { } snapshot && (matches is null || matches(snapshot)))
                return snapshot;
        }

        return null;
    }

    /// <summary>The newest readable snapshot that one of these records of the log stands for, or null.</summary>
    public Snapshot? Load(IReadOnlyList<WalSnapshot> valid) =>
        Load(snapshot =>
        {
            for (int i = 0; i < valid.Count; i++)
            {
                if (valid[i].Index == snapshot.Index && valid[i].Term == snapshot.Term)
                    return true;
            }

            return false;
        });

    /// <summary>Reads one snapshot file.</summary>
    /// <exception cref="CorruptionException">It is not what was written.</exception>
    public static Snapshot Read(IFileSystem files, string path)
    {
        using IFile file = files.Open(path, FileOpenMode.Existing, FileAccess.Read);
        byte[] bytes = new byte[file.Length];
        int count = file.Read(bytes, 0);
        return Decode(path, bytes.AsMemory(0, count));
    }

    /// <summary>Where the db image that belongs to a received snapshot of this index lies, or will lie.</summary>
    public string DatabasePath(ulong index) => $"{directory}/{index:x16}{DatabaseExtension}";

    /// <summary>
    /// Begins to receive the db image that belongs to a snapshot of this index. One that is not completed leaves nothing behind; what a crash leaves goes with
    /// <see cref="RemoveLeftovers"/>. Any thread; several images may be on their way at once.
    /// </summary>
    /// <exception cref="IOException">The disk refuses.</exception>
    public ReceivedDatabase ReceiveDatabase(ulong index)
    {
        // Two that begin at once must not take one name.
        lock (_receiving)
            return new ReceivedDatabase(files, directory, DatabasePath(index));
    }

    /// <summary>Removes db images of snapshots before this index: they were never used and never will be.</summary>
    /// <returns>The removed paths.</returns>
    public IReadOnlyList<string> RemoveDatabasesBefore(ulong index)
    {
        var removed = new List<string>();
        foreach (string name in files.List(directory))
        {
            if (!name.EndsWith(DatabaseExtension, StringComparison.Ordinal))
                continue;
            ReadOnlySpan<char> digits = name.AsSpan(0, name.Length - DatabaseExtension.Length);
            if (!ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong found))
            {
                _log.Error("failed to parse index from .snap.db file name", new LogField("path", name));
            }
            else if (found < index)
            {
                files.DeleteFile($"{directory}/{name}");
                removed.Add($"{directory}/{name}");
            }
        }

        return removed;
    }

    /// <summary>Removes what a crash left half done: images being received (<c>tmp*</c>) and defragmentations (<c>db.tmp*</c>).</summary>
    public void RemoveLeftovers()
    {
        RemoveStartingWith("tmp");
        RemoveStartingWith("db.tmp");
    }

    private Snapshot? TryRead(string path)
    {
        try
        {
            return Read(files, path);
        }
        catch (CorruptionException damage)
        {
            _log.Warn("failed to read snap file", new LogField("path", path), new LogField("error", damage.Message));
            try
            {
                files.Rename(path, path + ".broken");
            }
            catch (IOException failure)
            {
                _log.Warn("failed to rename broken snap file", new LogField("path", path), new LogField("error", failure.Message));
            }
        }
        catch (IOException failure)
        {
            // Not the file's fault, perhaps: it keeps its name.
            _log.Warn("failed to read snap file", new LogField("path", path), new LogField("error", failure.Message));
        }

        return null;
    }

    private void RemoveStartingWith(string prefix)
    {
        foreach (string name in files.List(directory))
        {
            if (name.StartsWith(prefix, StringComparison.Ordinal))
                files.DeleteFile($"{directory}/{name}");
        }
    }

    private static byte[] Encode(Snapshot snapshot)
    {
        int size = RaftCodec.SizeOf(snapshot);
        byte[] data = new byte[size];
        RaftCodec.Write(snapshot, data);
        Span<byte> header = stackalloc byte[12];
        header[0] = 1 << 3;
        int position = 1 + WriteVarint(header[1..], Crc32C.Compute(data));
        header[position++] = 2 << 3 | 2;
        position += WriteVarint(header[position..], (uint)size);
        return [.. header[..position], .. data];
    }

    private static Snapshot Decode(string path, ReadOnlyMemory<byte> bytes)
    {
        ReadOnlyMemory<byte> data = default;
        uint checksum = 0;
        var fields = new ProtoFields(bytes.Span);
        while (fields.Next())
        {
            if (fields is { Field: 1, HoldsBytes: false })
                checksum = (uint)fields.Number;
            else if (fields is { Field: 2, HoldsBytes: true })
                data = bytes.Slice(fields.Start, fields.Length);
        }

        if (fields.Malformed is not null)
            throw new CorruptionException(path, 0, "a snapshot", fields.Malformed);
        if (data.IsEmpty || checksum == 0)
            throw new CorruptionException(path, 0, "a snapshot with its checksum", $"{bytes.Length} bytes without (snap: empty snapshot)");
        uint computed = Crc32C.Compute(data.Span);
        if (computed != checksum)
            throw new CorruptionException(path, 0, $"checksum {checksum:x8}", $"{computed:x8} (snap: crc mismatch)");
        try
        {
            return RaftCodec.ReadSnapshot(data);
        }
        catch (RaftWireException malformed)
        {
            throw new CorruptionException(path, 0, "a snapshot", malformed.Message);
        }
    }

    private static int WriteVarint(Span<byte> into, uint value)
    {
        int position = 0;
        while (value >= 0x80)
        {
            into[position++] = (byte)(value | 0x80);
            value >>= 7;
        }

        into[position++] = (byte)value;
        return position;
    }
}
