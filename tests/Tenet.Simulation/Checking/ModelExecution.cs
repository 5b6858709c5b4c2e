using Google.Protobuf;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Mvccpb;

namespace Tenet.Simulation.Checking;

/// <summary>One request carried out on the model's state of one revision (contract/api.md, 2.2). Changes nothing in the model.</summary>
internal sealed class ModelExecution
{
    private readonly KvModel _model;
    private readonly long _at;
    private readonly Func<long, bool>? _leaseExists;
    private readonly long _compactRevision;
    private readonly List<Event> _changes = [];
    private readonly SortedDictionary<ByteString, KeyValue?> _written = new(KvModel.KeyOrder);

    // The outcome of each transaction on the chosen path, in the order they are met.
    private readonly Queue<bool> _path = [];
    private EtcdError? _refusal;

    private ModelExecution(KvModel model, long at, Func<long, bool>? leaseExists, long compactRevision)
    {
        _model = model;
        _at = at;
        _leaseExists = leaseExists;
        _compactRevision = compactRevision;
    }

    /// <summary>Carries a Range, Put, DeleteRange or Txn out on the state as of a revision.</summary>
    /// <param name="model">The key space.</param>
    /// <param name="request">The request.</param>
    /// <param name="at">The revision of the state.</param>
    /// <param name="leaseExists">Which leases there are; null where nobody knows, then all that are named.</param>
    /// <param name="compactRevision">What older revisions cannot be read any more; −1 where nothing is compacted or nobody knows.</param>
    public static Execution Run(KvModel model, IMessage request, long at, Func<long, bool>? leaseExists = null, long compactRevision = -1)
    {
        var execution = new ModelExecution(model, at, leaseExists, compactRevision);
        IMessage? response = execution.Run(request);
        return execution._refusal is { } refusal ? new Execution(null, refusal, []) : new Execution(response, null, execution._changes);
    }

    private IMessage? Run(IMessage request)
    {
        switch (request)
        {
            case RangeRequest range:
                return Range(range);
            case PutRequest put:
                CheckPut(put);
                return _refusal is null ? Put(put) : null;
            case DeleteRangeRequest delete:
                return Delete(delete);
            case TxnRequest txn:
                Choose(txn);
                return Txn(txn);
            default:
                throw new ArgumentException($"the model does not execute {request.GetType().Name}", nameof(request));
        }
    }

    private long CurrentRevision => _changes.Count > 0 ? _at + 1 : _at;

    private KeyValue? Find(ByteString key) => _written.TryGetValue(key, out KeyValue? pair) ? pair : _model.Find(key, _at);

    private List<KeyValue> Pairs(ByteString from, ByteString end, long revision)
    {
        if (revision <= _at)
            return [.. _model.Range(from, end, revision)];
        var pairs = new SortedDictionary<ByteString, KeyValue>(KvModel.KeyOrder);
        foreach (KeyValue pair in _model.Range(from, end, _at))
            pairs[pair.Key] = pair;
        foreach ((ByteString key, KeyValue? pair) in _written)
        {
            if (!KvModel.Covers(from, end, key))
                continue;
            if (pair is null)
                pairs.Remove(key);
            else
                pairs[key] = pair;
        }

        return [.. pairs.Values];
    }

    private RangeResponse? Range(RangeRequest request)
    {
        CheckRange(request, CurrentRevision);
        if (_refusal is not null)
            return null;

        List<KeyValue> pairs = Pairs(request.Key, request.RangeEnd, request.Revision <= 0 ? long.MaxValue : request.Revision);
        var response = new RangeResponse { Count = pairs.Count };
        if (request.CountOnly)
            return response;
        RangeRequest.Types.SortOrder order = request.SortOrder;
        bool isKeyOrder = order == RangeRequest.Types.SortOrder.None
            || (order == RangeRequest.Types.SortOrder.Ascend && request.SortTarget == RangeRequest.Types.SortTarget.Key);
        bool isFiltered = (request.MinModRevision | request.MaxModRevision | request.MinCreateRevision | request.MaxCreateRevision) != 0;
        if (isKeyOrder && !isFiltered && request.Limit > 0 && pairs.Count > request.Limit + 1)
            pairs.RemoveRange((int)request.Limit + 1, pairs.Count - (int)request.Limit - 1);
        if (isFiltered)
            pairs.RemoveAll(pair => !Passes(request, pair));
        if (order == RangeRequest.Types.SortOrder.None && request.SortTarget != RangeRequest.Types.SortTarget.Key)
            order = RangeRequest.Types.SortOrder.Ascend;
        if (order != RangeRequest.Types.SortOrder.None)
            pairs = Sorted(pairs, request.SortTarget, order == RangeRequest.Types.SortOrder.Descend);
        if (request.Limit > 0 && pairs.Count > request.Limit)
        {
            pairs.RemoveRange((int)request.Limit, pairs.Count - (int)request.Limit);
            response.More = true;
        }

        foreach (KeyValue pair in pairs)
            response.Kvs.Add(request.KeysOnly ? WithoutValue(pair) : pair);
        return response;
    }

    // Members of different versions differ in whether the lease is there, so it is taken out on both sides of a comparison.
    private static KeyValue WithoutValue(KeyValue pair)
    {
        KeyValue copy = pair.Clone();
        copy.Value = ByteString.Empty;
        copy.Lease = 0;
        return copy;
    }

    private static bool Passes(RangeRequest request, KeyValue pair) =>
        (request.MaxModRevision == 0 || pair.ModRevision <= request.MaxModRevision)
        && (request.MinModRevision == 0 || pair.ModRevision >= request.MinModRevision)
        && (request.MaxCreateRevision == 0 || pair.CreateRevision <= request.MaxCreateRevision)
        && (request.MinCreateRevision == 0 || pair.CreateRevision >= request.MinCreateRevision);

    private static List<KeyValue> Sorted(List<KeyValue> pairs, RangeRequest.Types.SortTarget target, bool descending)
    {
        Comparison<KeyValue> comparison = target switch
        {
            RangeRequest.Types.SortTarget.Version => static (x, y) => x.Version.CompareTo(y.Version),
            RangeRequest.Types.SortTarget.Create => static (x, y) => x.CreateRevision.CompareTo(y.CreateRevision),
            RangeRequest.Types.SortTarget.Mod => static (x, y) => x.ModRevision.CompareTo(y.ModRevision),
            RangeRequest.Types.SortTarget.Value => static (x, y) => KvModel.KeyOrder.Compare(x.Value, y.Value),
            _ => static (x, y) => KvModel.KeyOrder.Compare(x.Key, y.Key),
        };
        IOrderedEnumerable<KeyValue> sorted = descending
            ? pairs.OrderDescending(Comparer<KeyValue>.Create(comparison))
            : pairs.Order(Comparer<KeyValue>.Create(comparison));
        return [.. sorted];
    }

    private void CheckRange(RangeRequest request, long current)
    {
        if (request.Revision > current)
            _refusal = EtcdErrors.FutureRevision;
        else if (request.Revision > 0 && request.Revision < _compactRevision)
            _refusal = EtcdErrors.Compacted;
    }

    private void CheckPut(PutRequest request)
    {
        if (request.Lease != 0 && _leaseExists?.Invoke(request.Lease) == false)
            _refusal = EtcdErrors.LeaseNotFound;
        if ((request.IgnoreValue || request.IgnoreLease) && _model.Find(request.Key, _at) is null)
            _refusal = EtcdErrors.KeyNotFound;
    }

    private PutResponse Put(PutRequest request)
    {
        KeyValue? before = Find(request.Key);
        var pair = new KeyValue
        {
            Key = request.Key,
            Value = request.IgnoreValue ? before?.Value ?? ByteString.Empty : request.Value,
            Lease = request.IgnoreLease ? before?.Lease ?? 0 : request.Lease,
            CreateRevision = before?.CreateRevision ?? _at + 1,
            ModRevision = _at + 1,
            Version = (before?.Version ?? 0) + 1,
        };
        _written[request.Key] = pair;
        _changes.Add(new Event { Type = Event.Types.EventType.Put, Kv = pair });
        return new PutResponse { PrevKv = request.PrevKv ? before : null };
    }

    private DeleteRangeResponse Delete(DeleteRangeRequest request)
    {
        List<KeyValue> pairs = Pairs(request.Key, request.RangeEnd, long.MaxValue);
        var response = new DeleteRangeResponse { Deleted = pairs.Count };
        foreach (KeyValue pair in pairs)
        {
            if (request.PrevKv)
                response.PrevKvs.Add(pair);
            _written[pair.Key] = null;
            _changes.Add(new Event { Type = Event.Types.EventType.Delete, Kv = new KeyValue { Key = pair.Key, ModRevision = _at + 1 } });
        }

        return response;
    }

    /// <summary>Compares see the state before the transaction, those of nested ones too; then the chosen path is checked as a whole.</summary>
    private void Choose(TxnRequest request)
    {
        bool succeeded = request.Compare.All(Holds);
        _path.Enqueue(succeeded);
        foreach (RequestOp operation in succeeded ? request.Success : request.Failure)
        {
            switch (operation.RequestCase)
            {
                case RequestOp.RequestOneofCase.RequestPut:
                    CheckPut(operation.RequestPut);
                    break;
                case RequestOp.RequestOneofCase.RequestRange:
                    CheckRange(operation.RequestRange, _at);
                    break;
                case RequestOp.RequestOneofCase.RequestTxn:
                    Choose(operation.RequestTxn);
                    break;
            }
        }
    }

    private TxnResponse? Txn(TxnRequest request)
    {
        if (_refusal is not null)
            return null;
        var response = new TxnResponse { Succeeded = _path.Dequeue() };
        foreach (RequestOp operation in response.Succeeded ? request.Success : request.Failure)
        {
            var answer = new ResponseOp();
            switch (operation.RequestCase)
            {
                case RequestOp.RequestOneofCase.RequestRange:
                    answer.ResponseRange = Range(operation.RequestRange);
                    break;
                case RequestOp.RequestOneofCase.RequestPut:
                    answer.ResponsePut = Put(operation.RequestPut);
                    break;
                case RequestOp.RequestOneofCase.RequestDeleteRange:
                    answer.ResponseDeleteRange = Delete(operation.RequestDeleteRange);
                    break;
                case RequestOp.RequestOneofCase.RequestTxn:
                    answer.ResponseTxn = Txn(operation.RequestTxn);
                    break;
            }

            response.Responses.Add(answer);
        }

        return response;
    }

    private bool Holds(Compare compare)
    {
        List<KeyValue> pairs = [.. _model.Range(compare.Key, compare.RangeEnd, _at)];
        if (pairs.Count > 0)
            return pairs.All(pair => Holds(compare, pair));
        return compare.Target != Compare.Types.CompareTarget.Value && Holds(compare, new KeyValue());
    }

    private static bool Holds(Compare compare, KeyValue pair)
    {
        int order = compare.Target switch
        {
            Compare.Types.CompareTarget.Version => pair.Version.CompareTo(compare.Version),
            Compare.Types.CompareTarget.Create => pair.CreateRevision.CompareTo(compare.CreateRevision),
            Compare.Types.CompareTarget.Mod => pair.ModRevision.CompareTo(compare.ModRevision),
            Compare.Types.CompareTarget.Value => KvModel.KeyOrder.Compare(pair.Value, compare.Value),
            Compare.Types.CompareTarget.Lease => pair.Lease.CompareTo(compare.Lease),
            _ => 0,
        };
        return compare.Result switch
        {
            Compare.Types.CompareResult.Equal => order == 0,
            Compare.Types.CompareResult.NotEqual => order != 0,
            Compare.Types.CompareResult.Greater => order > 0,
            Compare.Types.CompareResult.Less => order < 0,
            _ => true,
        };
    }
}
