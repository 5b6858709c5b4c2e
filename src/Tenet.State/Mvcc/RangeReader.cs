using System.Globalization;
using Tenet.Foundation;
using Tenet.Protocol.Calls;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Mvccpb;
using Tenet.State.Mvcc.Index;

namespace Tenet.State.Mvcc;

/// <summary>
/// Answers ranges (contract/api.md, 2.2, Range). Filters, limit and every order but the one by value are decided from the index, so that
/// only records which go out are read.
/// </summary>
internal sealed class RangeReader(MvccStore store)
{
    public static bool IsDefaultOrder(RangeRequest request) => request.SortOrder == RangeRequest.Types.SortOrder.None
        || (request.SortTarget == RangeRequest.Types.SortTarget.Key && request.SortOrder == RangeRequest.Types.SortOrder.Ascend);

    public static bool HasFilters(RangeRequest request) =>
        (request.MinModRevision | request.MaxModRevision | request.MinCreateRevision | request.MaxCreateRevision) != 0;

    public Outcome<RangeResult> Read(RangeRequest request, ReadContext context, bool withTotal = true)
    {
        RangeRequest.Types.SortTarget target = request.SortTarget;
        bool byValue = target == RangeRequest.Types.SortTarget.Value;
        var query = new RangeQuery
        {
            Range = KeyRange.Of(request.Key.Span, request.RangeEnd.Span),
            Revision = request.Revision,
            CountOnly = request.CountOnly,
            CountAll = withTotal,
            Limit = LimitOf(request),
            WithKeys = request.KeysOnly && !byValue,
            WithDetails = target is RangeRequest.Types.SortTarget.Version or RangeRequest.Types.SortTarget.Create,
            MinModRevision = request.MinModRevision,
            MaxModRevision = request.MaxModRevision,
            MinCreateRevision = request.MinCreateRevision,
            MaxCreateRevision = request.MaxCreateRevision,
            View = context.View,
            CurrentRevision = context.CurrentRevision,
        };
        using var findings = new RangeFindings();
        if (store.Find(query, findings) is { } error)
            return error;
        var result = new RangeResult { Revision = findings.CurrentRevision, Count = Math.Max(0, findings.Total) };
        result.Header = new ResponseHeader { Revision = result.Revision };
        int[]? order = Sort(request, findings);
        int taken = findings.Count;
        if (request.Limit > 0 && request.Limit < taken)
        {
            taken = (int)request.Limit;
            result.More = true;
        }

        Fill(result, request, findings, order, taken);
        return result;
    }

    public bool Exists(ReadOnlySpan<byte> key, long currentRevision)
    {
        using var findings = new RangeFindings();
        var query = new RangeQuery { Range = KeyRange.Of(key, []), CountOnly = true, CurrentRevision = currentRevision };
        return store.Find(query, findings) == null && findings.Total > 0;
    }

    /// <summary>The present key-value of a key, as a write transaction sees it.</summary>
    public KeyValue? Find(ReadOnlySpan<byte> key, long currentRevision)
    {
        using var findings = new RangeFindings();
        var query = new RangeQuery { Range = KeyRange.Of(key, []), CurrentRevision = currentRevision };
        return store.Find(query, findings) == null && findings.Count > 0
            ? KeyValue.Parser.ParseChecked(store.LoadRecord(findings.Read!, findings.RevisionAt(0)))
            : null;
    }

    /// <summary>The present key-values of a range, as a write transaction sees them.</summary>
    public List<KeyValue> FindAll(ReadOnlySpan<byte> key, ReadOnlySpan<byte> rangeEnd, long currentRevision)
    {
        using var findings = new RangeFindings();
        store.Find(new RangeQuery { Range = KeyRange.Of(key, rangeEnd), CurrentRevision = currentRevision }, findings);
        var all = new List<KeyValue>(findings.Count);
        for (int i = 0; i < findings.Count; i++)
            all.Add(KeyValue.Parser.ParseChecked(store.LoadNextRecord(findings.Read!, findings.RevisionAt(i))));
        return all;
    }

    /// <summary>Whether a compare holds (contract/api.md, 2.2, Txn, compare).</summary>
    public bool Holds(Compare compare, ReadContext context)
    {
        bool needsRecord = compare.Target is Compare.Types.CompareTarget.Value or Compare.Types.CompareTarget.Lease;
        using var findings = new RangeFindings();
        var query = new RangeQuery
        {
            Range = KeyRange.Of(compare.Key.Span, compare.RangeEnd.Span),
            WithDetails = !needsRecord,
            View = context.View,
            CurrentRevision = context.CurrentRevision,
        };
        if (store.Find(query, findings) != null)
            return false;
        if (findings.Count == 0)
            return compare.Target != Compare.Types.CompareTarget.Value && CompareWith.Holds(compare, default);
        for (int i = 0; i < findings.Count; i++)
        {
            KeyValueFields fields = default;
            if (needsRecord)
                KeyValueRecord.TryRead(store.LoadNextRecord(findings.Read!, findings.RevisionAt(i)), out fields);
            else
                (fields.ModRevision, fields.CreateRevision, fields.Version) =
                    (findings.RevisionAt(i).Main, findings.DetailsAt(i).CreateRevision, findings.DetailsAt(i).Version);
            if (!CompareWith.Holds(compare, fields))
                return false;
        }

        return true;
    }

    // The limit stops the search only where the first found are the ones to be shown; one more is looked for, to know whether there is more.
    // With order NONE it stops the search even if another target is to be sorted by: that is how etcd has it.
    private static long LimitOf(RangeRequest request)
    {
        bool keyAscending = request.SortTarget == RangeRequest.Types.SortTarget.Key && request.SortOrder != RangeRequest.Types.SortOrder.Descend;
        if (request.Limit <= 0 || !(keyAscending || (IsDefaultOrder(request) && !HasFilters(request))))
            return 0;
        return request.Limit == long.MaxValue ? request.Limit : request.Limit + 1;
    }

    // The places of the findings in the order asked for; null if that is the order they are in.
    private int[]? Sort(RangeRequest request, RangeFindings findings)
    {
        bool descending = request.SortOrder == RangeRequest.Types.SortOrder.Descend;
        if (findings.Count < 2 || (request.SortTarget == RangeRequest.Types.SortTarget.Key && !descending))
            return null;
        var order = new int[findings.Count];
        for (int i = 0; i < order.Length; i++)
            order[i] = i;

        // What compares equal keeps the order of its keys, in both directions.
        int direction = descending ? -1 : 1;
        switch (request.SortTarget)
        {
            case RangeRequest.Types.SortTarget.Key:
                Array.Reverse(order);
                break;
            case RangeRequest.Types.SortTarget.Value:
                var values = new byte[order.Length][];
                for (int i = 0; i < values.Length; i++)
                    values[i] = ValueOf(findings, i);
                Array.Sort(order, (left, right) =>
                {
                    int compared = values[left].AsSpan().SequenceCompareTo(values[right]);
                    return compared != 0 ? direction * compared : left.CompareTo(right);
                });
                break;
            default:
                var numbers = new long[order.Length];
                for (int i = 0; i < numbers.Length; i++)
                    numbers[i] = NumberOf(request.SortTarget, findings, i);
                Array.Sort(order, (left, right) =>
                {
                    int compared = numbers[left].CompareTo(numbers[right]);
                    return compared != 0 ? direction * compared : left.CompareTo(right);
                });
                break;
        }

        return order;
    }

    private static long NumberOf(RangeRequest.Types.SortTarget target, RangeFindings findings, int index) => target switch
    {
        RangeRequest.Types.SortTarget.Version => findings.DetailsAt(index).Version,
        RangeRequest.Types.SortTarget.Create => findings.DetailsAt(index).CreateRevision,
        RangeRequest.Types.SortTarget.Mod => findings.RevisionAt(index).Main,
        _ => throw new InvariantException(string.Create(CultureInfo.InvariantCulture, $"a range is to be sorted by {target}")),
    };

    private byte[] ValueOf(RangeFindings findings, int index)
    {
        KeyValueRecord.TryRead(store.LoadNextRecord(findings.Read!, findings.RevisionAt(index)), out KeyValueFields fields);
        return fields.Value.ToArray();
    }

    private void Fill(RangeResult result, RangeRequest request, RangeFindings findings, int[]? order, int count)
    {
        bool fromIndex = request.KeysOnly && request.SortTarget != RangeRequest.Types.SortTarget.Value;
        for (int i = 0; i < count; i++)
        {
            int index = order == null ? i : order[i];
            if (fromIndex)
            {
                AddKey(result, findings, index);
                continue;
            }

            ReadOnlySpan<byte> record = count == 1
                ? store.LoadRecord(findings.Read!, findings.RevisionAt(index))
                : store.LoadNextRecord(findings.Read!, findings.RevisionAt(index));
            if (request.KeysOnly)
                AddWithoutValue(result, record);
            else
                result.Add(record);
        }
    }

    // Without the lease, which the index does not know (contract/api.md, 2.2: so does etcd 3.7, unlike 3.6).
    private static void AddKey(RangeResult result, RangeFindings findings, int index)
    {
        ReadOnlySpan<byte> key = findings.KeyAt(index);
        ref readonly RangeFindings.Details details = ref findings.DetailsAt(index);
        long modified = findings.RevisionAt(index).Main;
        Span<byte> target = result.AddSpace(KeyValueRecord.SizeOf(key.Length, details.CreateRevision, modified, details.Version, 0, 0));
        KeyValueRecord.Write(target, key, details.CreateRevision, modified, details.Version, [], 0);
    }

    private static void AddWithoutValue(RangeResult result, ReadOnlySpan<byte> record)
    {
        KeyValueRecord.TryRead(record, out KeyValueFields kv);
        Span<byte> target = result.AddSpace(KeyValueRecord.SizeOf(kv.Key.Length, kv.CreateRevision, kv.ModRevision, kv.Version, 0, kv.Lease));
        KeyValueRecord.Write(target, kv.Key, kv.CreateRevision, kv.ModRevision, kv.Version, [], kv.Lease);
    }
}
