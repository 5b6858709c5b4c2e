using Google.Protobuf;
using Google.Protobuf.Collections;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Mvccpb;

namespace Tenet.Proxy.Keys;

/// <summary>
/// Moves keys into a namespace and back. Requests and responses are changed in place: they belong to one call. An empty prefix changes nothing.
/// </summary>
internal sealed class KeyPrefix(string prefix)
{
    private readonly ByteString _prefix = ByteString.CopyFromUtf8(prefix);
    private readonly ByteString _end = EndOf(ByteString.CopyFromUtf8(prefix));

    public bool IsEmpty => _prefix.IsEmpty;

    /// <summary>A key in the namespace.</summary>
    public ByteString Add(ByteString key) => Join(_prefix.Span, key.Span);

    /// <summary>The end of a range in the namespace: nothing stays nothing, and the end of all keys becomes the end of the namespace.</summary>
    public ByteString AddToEnd(ByteString end)
    {
        if (end.IsEmpty)
            return end;
        return end.Length == 1 && end[0] == 0 ? _end : Join(_prefix.Span, end.Span);
    }

    /// <summary>Whether a key is in the namespace.</summary>
    public bool Holds(ByteString key) => key.Span.StartsWith(_prefix.Span);

    /// <summary>A key as callers know it.</summary>
    public ByteString Strip(ByteString key) => ByteString.CopyFrom(key.Span[_prefix.Length..]);

    /// <exception cref="RefusalException">There is no key: in a namespace it would mean the namespace's own name.</exception>
    public void Add(RangeRequest request)
    {
        if (IsEmpty)
            return;
        (request.Key, request.RangeEnd) = (AddGiven(request.Key), AddToEnd(request.RangeEnd));
    }

    /// <inheritdoc cref="Add(RangeRequest)"/>
    public void Add(PutRequest request)
    {
        if (!IsEmpty)
            request.Key = AddGiven(request.Key);
    }

    /// <inheritdoc cref="Add(RangeRequest)"/>
    public void Add(DeleteRangeRequest request)
    {
        if (IsEmpty)
            return;
        (request.Key, request.RangeEnd) = (AddGiven(request.Key), AddToEnd(request.RangeEnd));
    }

    /// <inheritdoc cref="Add(RangeRequest)"/>
    public void Add(TxnRequest request)
    {
        if (IsEmpty)
            return;
        foreach (Compare compare in request.Compare)
            (compare.Key, compare.RangeEnd) = (AddGiven(compare.Key), AddToEnd(compare.RangeEnd));
        Add(request.Success);
        Add(request.Failure);
    }

    public void Strip(RangeResponse response)
    {
        if (!IsEmpty)
            Strip(response.Kvs);
    }

    public void Strip(PutResponse response)
    {
        if (!IsEmpty)
            Strip(response.PrevKv);
    }

    public void Strip(DeleteRangeResponse response)
    {
        if (!IsEmpty)
            Strip(response.PrevKvs);
    }

    public void Strip(TxnResponse response)
    {
        if (IsEmpty)
            return;
        foreach (ResponseOp operation in response.Responses)
        {
            switch (operation.ResponseCase)
            {
                case ResponseOp.ResponseOneofCase.ResponseRange:
                    Strip(operation.ResponseRange);
                    break;
                case ResponseOp.ResponseOneofCase.ResponsePut:
                    Strip(operation.ResponsePut);
                    break;
                case ResponseOp.ResponseOneofCase.ResponseDeleteRange:
                    Strip(operation.ResponseDeleteRange);
                    break;
                case ResponseOp.ResponseOneofCase.ResponseTxn:
                    Strip(operation.ResponseTxn);
                    break;
            }
        }
    }

    public void Strip(WatchResponse response)
    {
        if (IsEmpty)
            return;
        foreach (Event change in response.Events)
        {
            Strip(change.Kv);
            Strip(change.PrevKv);
        }
    }

    /// <summary>Attached keys; those outside of the namespace are nobody's business here.</summary>
    public void Strip(LeaseTimeToLiveResponse response)
    {
        if (IsEmpty)
            return;
        List<ByteString> inside = [.. response.Keys.Where(Holds).Select(Strip)];
        response.Keys.Clear();
        response.Keys.Add(inside);
    }

    private void Add(RepeatedField<RequestOp> operations)
    {
        foreach (RequestOp operation in operations)
        {
            switch (operation.RequestCase)
            {
                case RequestOp.RequestOneofCase.RequestRange:
                    Add(operation.RequestRange);
                    break;
                case RequestOp.RequestOneofCase.RequestPut:
                    Add(operation.RequestPut);
                    break;
                case RequestOp.RequestOneofCase.RequestDeleteRange:
                    Add(operation.RequestDeleteRange);
                    break;
                case RequestOp.RequestOneofCase.RequestTxn:
                    Add(operation.RequestTxn);
                    break;
            }
        }
    }

    private ByteString AddGiven(ByteString key) => key.IsEmpty ? throw EtcdErrors.EmptyKey.ToException() : Add(key);

    private void Strip(RepeatedField<KeyValue> pairs)
    {
        foreach (KeyValue pair in pairs)
            Strip(pair);
    }

    private void Strip(KeyValue? pair)
    {
        if (pair is not null)
            pair.Key = Strip(pair.Key);
    }

    /// <summary>The first key behind all that begin with the prefix; the end of all keys if there is none.</summary>
    private static ByteString EndOf(ByteString prefix)
    {
        byte[] end = prefix.ToByteArray();
        for (int i = end.Length - 1; i >= 0; i--)
        {
            if (++end[i] != 0)
                return ByteString.CopyFrom(end);
        }
        return ByteString.CopyFrom(0);
    }

    private static ByteString Join(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        byte[] joined = new byte[first.Length + second.Length];
        first.CopyTo(joined);
        second.CopyTo(joined.AsSpan(first.Length));
        return UnsafeByteOperations.UnsafeWrap(joined);
    }
}
