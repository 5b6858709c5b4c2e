using System.Buffers.Binary;
using System.Text;
using Google.Protobuf;
using Tenet.Bolt;
using Tenet.CommandLine;
using Tenet.Protocol.Leasepb;
using Tenet.Protocol.Mvccpb;
using Tenet.State.Mvcc;
using Tenet.Utl.Output;

namespace Tenet.Utl.Doctor;

/// <summary>Bucket <c>key</c> record by record: that each is a revision of a key, that revisions of a key follow from each other, and that leases exist.</summary>
internal sealed class HistoryExamination(BoltReadTransaction view, string path, Findings findings, IProgressLine progress)
{
    private const string Check = "history";
    private const string Replace =
        "What was written there has changed since. Compare hashes with the other members (endpoint hashkv), replace the member that differs, or restore a snapshot.";

    private const int RecordsPerReport = 16 * 1024;

    private readonly HashSet<long> _leases = [];

    // What exists, by the key's bytes as characters of Latin-1.
    private readonly Dictionary<string, KeyState> _keys = new(StringComparer.Ordinal);
    private long _last;

    public void Run(DatabaseFacts facts)
    {
        ReadLeases();
        facts.Leases = _leases.Count;
        long records = 0;
        BoltCursor? cursor = view.Bucket("key"u8)?.Cursor();
        while (cursor?.Next() == true)
        {
            Take(cursor.Key, cursor.Value, facts.CompactRevision);
            if (++records % RecordsPerReport == 0)
                progress.Report(Check, records, 0);
        }

        facts.Records = records;
        facts.Revision = Math.Max(Math.Max(1, _last), facts.CompactRevision);
        foreach ((string key, KeyState state) in _keys)
        {
            if (!state.Exists)
                continue;
            facts.Keys++;
            if (state.Lease != 0 && !_leases.Contains(state.Lease))
            {
                findings.Warning(
                    "leases", path, $"key {GoQuote.Bytes(Encoding.Latin1.GetBytes(key))} hangs on lease {state.Lease:x16}, which does not exist", "The key never expires. Put it again, or delete it.");
            }
        }
    }

    private void ReadLeases()
    {
        BoltCursor? cursor = view.Bucket("lease"u8)?.Cursor();
        while (cursor?.Next() == true)
        {
            try
            {
                Lease lease = Lease.Parser.ParseFrom(cursor.Value);
                _leases.Add(lease.ID);
                if (cursor.Key.Length != sizeof(long) || BinaryPrimitives.ReadInt64BigEndian(cursor.Key) != lease.ID || lease.TTL <= 0)
                {
                    findings.Error(
                        "leases", path, $"the record {Convert.ToHexStringLower(cursor.Key)} in bucket lease is of lease {lease.ID:x16} with a time to live of {lease.TTL} s", Replace);
                }
            }
            catch (InvalidProtocolBufferException)
            {
                findings.Error("leases", path, $"the record {Convert.ToHexStringLower(cursor.Key)} in bucket lease cannot be read", Replace);
            }
        }
    }

    private void Take(ReadOnlySpan<byte> stored, ReadOnlySpan<byte> value, long compacted)
    {
        if (!Revision.TryRead(stored, out Revision revision, out bool isTombstone))
        {
            findings.Error(Check, path, $"bucket key holds {Convert.ToHexStringLower(stored)}, which is no revision", Replace);
            return;
        }

        _last = Math.Max(_last, revision.Main);
        KeyValue record;
        try
        {
            record = KeyValue.Parser.ParseFrom(value);
        }
        catch (InvalidProtocolBufferException)
        {
            findings.Error(Check, path, $"the record of revision {revision.Main}_{revision.Sub} cannot be read", Replace);
            return;
        }

        string key = Encoding.Latin1.GetString(record.Key.Span);
        ref KeyState state = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_keys, key, out bool isKnown);

        // A restore that raised the revision has left an empty record.
        if (value.IsEmpty && !isTombstone)
        {
            state = default;
            return;
        }

        if (Problem(record, revision, isTombstone, isKnown, state, compacted) is { } problem)
            findings.Error(Check, path, $"the record of revision {revision.Main}_{revision.Sub}, key {GoQuote.Bytes(record.Key.Span)}, {problem}", Replace);
        state = isTombstone ? default : new KeyState(record.CreateRevision, record.Version, record.Lease, Exists: true);
    }

    private static string? Problem(KeyValue record, Revision revision, bool isTombstone, bool isKnown, in KeyState before, long compacted)
    {
        if (record.Key.IsEmpty)
            return "has no key";
        if (isTombstone)
            return isKnown && !before.Exists && revision.Main > compacted ? "deletes what does not exist" : null;
        if (record.ModRevision != revision.Main)
            return $"says that it is of revision {record.ModRevision}";
        if (record.CreateRevision > record.ModRevision || record.CreateRevision <= 0 || record.Version <= 0)
            return $"says version {record.Version}, created at {record.CreateRevision}";
        if (!isKnown)
            return null;
        (long create, long version) = before.Exists ? (before.Create, before.Version + 1) : (revision.Main, 1);
        return record.CreateRevision == create && record.Version == version
            ? null
            : $"says version {record.Version}, created at {record.CreateRevision}; what came before makes it version {version}, created at {create}";
    }

    private readonly record struct KeyState(long Create, long Version, long Lease, bool Exists);
}
