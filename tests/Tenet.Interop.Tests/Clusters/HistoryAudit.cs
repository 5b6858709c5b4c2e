using Google.Protobuf;
using Google.Protobuf.Collections;
using Tenet.Interop.Tests.Wire;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Mvccpb;
using Tenet.Simulation.Checking;

namespace Tenet.Interop.Tests.Clusters;

/// <summary>One change that the cluster keeps in its history; a null value is a deletion.</summary>
internal readonly record struct LoggedChange(long Revision, string Key, string? Value);

/// <summary>
/// Compares what clients were told with the history that a cluster keeps. Every answer names a revision, so the one order that can explain
/// the answers is known: writes by revision, and each read directly after the write of its revision. The answers are linearizable if that
/// order explains every one of them and never turns around two calls of which one had ended before the other began.
/// </summary>
internal static class HistoryAudit
{
    /// <summary>The whole history below the prefix of the load, from one member's first revision to its last.</summary>
    public static async Task<IReadOnlyList<LoggedChange>> ReadAsync(ClusterMember member)
    {
        long last = (await member.StatusAsync()).Header.Revision;
        List<LoggedChange> changes = [];
        using EtcdClient client = new(member.ClientPort);
        using GrpcStream<WatchRequest, WatchResponse> watch = client.Watch();
        watch.Send(new WatchRequest { CreateRequest = new() { Key = ByteString.CopyFromUtf8(""), RangeEnd = EtcdClient.Zero, StartRevision = 1, ProgressNotify = true } });
        long seen = 0;
        while (seen < last)
        {
            WatchResponse response = await watch.ReadAsync() ?? throw new InvalidOperationException($"the watch ended: {await watch.StatusAsync()}");
            Assert.False(response.Canceled, response.ToString());
            foreach (Event one in response.Events)
            {
                if (one.Kv.ModRevision <= last)
                    seen = Math.Max(seen, one.Kv.ModRevision);
                Add(changes, one);
            }
        }
        return changes;
    }

    /// <summary>Adds an event if it belongs to the load.</summary>
    public static void Add(List<LoggedChange> changes, Event one)
    {
        string key = one.Kv.Key.ToStringUtf8();
        if (key.StartsWith(ClusterLoad.Prefix, StringComparison.Ordinal))
            changes.Add(new(one.Kv.ModRevision, key, one.Type == Event.Types.EventType.Put ? one.Kv.Value.ToStringUtf8() : null));
    }

    public static void Check(IReadOnlyList<Operation> operations, IReadOnlyList<LoggedChange> changes)
    {
        Kept kept = new(changes);
        Dictionary<string, Operation> writers = [];
        foreach (Operation operation in operations)
        {
            if (Written(operation.Request) is { } value)
                writers.Add(value, operation);
        }
        foreach (LoggedChange change in changes.Where(change => change.Value is not null))
        {
            Assert.True(writers.TryGetValue(change.Value!, out Operation? writer), $"{change}: nobody wrote that");
            Assert.False(writer.Outcome == OperationOutcome.Refused, $"{change}: was refused to {writer}");
        }

        // The floor of a call: the highest revision that anybody knew of when it began.
        Dictionary<Operation, long> floors = [];
        long known = 0;
        foreach ((long _, Operation operation, bool begins) in Moments(operations))
        {
            if (begins)
                floors.Add(operation, known);
            else if (operation.Outcome == OperationOutcome.Answered)
                known = Math.Max(known, Explain(operation, floors[operation], kept));
        }
        foreach (Operation operation in operations.Where(operation => operation.Outcome == OperationOutcome.Unknown))
        {
            if (Written(operation.Request) is { } value && kept.RevisionOf(value) is { } revision)
                Assert.True(revision > floors[operation], $"took effect at revision {revision}, before it was sent (at {floors[operation]}): {operation}");
        }
    }

    /// <summary>Demands that the kept history explains the answer; the revision of the answer.</summary>
    private static long Explain(Operation operation, long floor, Kept kept)
    {
        switch (operation.Request, operation.Response)
        {
            case (PutRequest put, PutResponse response):
                Wrote(operation, put.Key, put.Value.ToStringUtf8(), response.Header.Revision, floor, kept);
                return response.Header.Revision;

            case (DeleteRangeRequest delete, DeleteRangeResponse response):
                if (response.Deleted > 0)
                    Wrote(operation, delete.Key, null, response.Header.Revision, floor, kept);
                else
                    Saw(operation, delete.Key, [], response.Header.Revision, floor, kept);
                return response.Header.Revision;

            case (RangeRequest range, RangeResponse response):
                Saw(operation, range.Key, response.Kvs, response.Header.Revision, floor, kept);
                return response.Header.Revision;

            case (TxnRequest txn, TxnResponse response):
                Compare compare = txn.Compare[0];
                long revision = response.Header.Revision;
                LoggedChange last = kept.At(compare.Key, response.Succeeded ? revision - 1 : revision);
                // A comparison sees revision 0 where there is no key.
                long before = last.Value is null ? 0 : last.Revision;
                Assert.True(compare.ModRevision == before == response.Succeeded, $"the key was at revision {before}: {operation}");
                if (response.Succeeded)
                    Wrote(operation, compare.Key, Written(txn), revision, floor, kept);
                else
                    Saw(operation, compare.Key, response.Responses[0].ResponseRange.Kvs, revision, floor, kept);
                return revision;

            default:
                throw new InvalidOperationException($"no rule for {operation}");
        }
    }

    private static void Wrote(Operation operation, ByteString key, string? value, long revision, long floor, Kept kept)
    {
        Assert.True(revision > floor, $"answers revision {revision}, though {floor} was known when it began: {operation}");
        LoggedChange change = kept.At(key, revision);
        Assert.True(change.Revision == revision && change.Value == value, $"lost: at revision {revision} there is {change}, not what was acknowledged: {operation}");
    }

    private static void Saw(Operation operation, ByteString key, RepeatedField<KeyValue> found, long revision, long floor, Kept kept)
    {
        Assert.True(revision >= floor, $"stale: answers revision {revision}, though {floor} was known when it began: {operation}");
        LoggedChange change = kept.At(key, revision);
        if (found.Count == 0)
            Assert.True(change.Value is null, $"saw nothing where there was {change}: {operation}");
        else
            Assert.True(change.Value == found[0].Value.ToStringUtf8() && change.Revision == found[0].ModRevision, $"saw something else than {change}: {operation}");
    }

    /// <summary>The unique value that a request writes, if it writes one.</summary>
    private static string? Written(IMessage request) => request switch
    {
        PutRequest put => put.Value.ToStringUtf8(),
        TxnRequest txn => txn.Success[0].RequestPut.Value.ToStringUtf8(),
        _ => null,
    };

    private static List<(long Order, Operation Operation, bool Begins)> Moments(IReadOnlyList<Operation> operations)
    {
        List<(long Order, Operation Operation, bool Begins)> moments = [];
        foreach (Operation operation in operations)
        {
            moments.Add((operation.Invoked, operation, true));
            if (operation.Completed != long.MaxValue)
                moments.Add((operation.Completed, operation, false));
        }
        moments.Sort(static (x, y) => x.Order.CompareTo(y.Order));
        return moments;
    }

    /// <summary>The history, key by key.</summary>
    private sealed class Kept
    {
        private readonly Dictionary<string, List<LoggedChange>> _changes = [];
        private readonly Dictionary<string, long> _revisions = [];

        public Kept(IReadOnlyList<LoggedChange> changes)
        {
            foreach (LoggedChange change in changes)
            {
                if (!_changes.TryGetValue(change.Key, out List<LoggedChange>? ofKey))
                    _changes[change.Key] = ofKey = [];
                Assert.True(ofKey.Count == 0 || ofKey[^1].Revision < change.Revision, $"{change} stands behind {(ofKey.Count == 0 ? default : ofKey[^1])}");
                ofKey.Add(change);
                if (change.Value is not null)
                    Assert.True(_revisions.TryAdd(change.Value, change.Revision), $"{change} was carried out twice");
            }
        }

        public long? RevisionOf(string value) => _revisions.TryGetValue(value, out long revision) ? revision : null;

        /// <summary>The last change of a key at or before a revision; at revision 0 if there was none.</summary>
        public LoggedChange At(ByteString key, long revision)
        {
            string name = key.ToStringUtf8();
            if (!_changes.TryGetValue(name, out List<LoggedChange>? ofKey))
                return new(0, name, null);
            int low = 0;
            int high = ofKey.Count;
            while (low < high)
            {
                int middle = (low + high) / 2;
                if (ofKey[middle].Revision <= revision)
                    low = middle + 1;
                else
                    high = middle;
            }
            return low == 0 ? new(0, name, null) : ofKey[low - 1];
        }
    }
}
