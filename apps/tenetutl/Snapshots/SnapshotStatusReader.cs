using System.Text;
using Google.Protobuf;
using Tenet.Bolt;
using Tenet.Foundation.Checksums;
using Tenet.Foundation.Files;
using Tenet.Protocol.Mvccpb;
using Tenet.State.Backends;
using Tenet.State.Mvcc;

namespace Tenet.Utl.Snapshots;

/// <summary>Checks a snapshot file (or any db file) page by page and tells what is in it. It is opened for reading only.</summary>
internal sealed class SnapshotStatusReader(IFileSystem files, TimeSpan? lockTimeout)
{
    private readonly HashSet<string> _keys = new(StringComparer.Ordinal);
    private uint _hash;
    private long _revision;

    /// <exception cref="UtlException">There is no such file, or it is damaged.</exception>
    public SnapshotStatus Read(string path)
    {
        DataDirectory.RequireFile(files, path);
        using BoltDatabase database = BoltDatabase.Open(files, path, new BoltOptions { ReadOnly = true, LockTimeout = lockTimeout });
        using BoltReadTransaction view = database.BeginRead();
        BoltCheckReport report = view.Check();
        if (!report.IsSound)
            throw new UtlException($"snapshot file integrity check failed. {report.Problems.Count} errors found.\n{report}");

        BoltCursor buckets = view.Cursor();
        while (buckets.Next())
            ReadBucket(view, buckets.Key);
        return new SnapshotStatus(_hash, _revision, _keys.Count, view.Size, Version(view));
    }

    private static string Version(BoltReadTransaction view) =>
        view.Bucket("meta"u8) is { } meta && meta.TryGet(MetaKeys.StorageVersion, out ReadOnlySpan<byte> text) ? Encoding.UTF8.GetString(text) : "";

    private void ReadBucket(BoltReadTransaction view, ReadOnlySpan<byte> name)
    {
        if (view.Bucket(name) is not { } bucket)
            throw new UtlException($"nil bucket: \"{Encoding.UTF8.GetString(name)}\"");
        _hash = Crc32C.Update(_hash, name);
        bool holdsHistory = name.SequenceEqual("key"u8);
        BoltCursor records = bucket.Cursor();
        while (records.Next())
        {
            _hash = Crc32C.Update(Crc32C.Update(_hash, records.Key), records.Value);
            if (holdsHistory)
                ReadRecord(records.Key, records.Value);
        }
    }

    private void ReadRecord(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (!Revision.TryRead(key, out Revision revision, out bool isTombstone))
            throw InBucketKey($"cannot parse revision key: {Convert.ToHexStringLower(key)}");
        _revision = revision.Main;
        try
        {
            // Any bytes of a key are told apart as characters of Latin-1.
            string name = Encoding.Latin1.GetString(KeyValue.Parser.ParseFrom(value).Key.Span);
            if (isTombstone)
                _keys.Remove(name);
            else
                _keys.Add(name);
        }
        catch (InvalidProtocolBufferException malformed)
        {
            throw InBucketKey($"cannot unmarshal value, key: {Convert.ToHexStringLower(key)} value: {Convert.ToHexStringLower(value)} err: {malformed.Message}");
        }
    }

    private static UtlException InBucketKey(string problem) => new($"error during bucket key iteration, name: \"key\" err: {problem}");
}
