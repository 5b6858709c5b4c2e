using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Client;

/// <summary>What one operation of a transaction gave. Which property serves, the operation decides; the others throw.</summary>
public sealed class OperationResult
{
    private readonly ResponseOp _message;

    internal OperationResult(ResponseOp message) => _message = message;

    /// <summary>Of a read of one key: the key, or null if it does not exist.</summary>
    public KeyValue? Value => Range.Items.Count > 0 ? Range.Items[0] : null;

    /// <summary>Of a read.</summary>
    public RangeResult Range => RangeResult.From(_message.ResponseRange ?? throw Other("read"));

    /// <summary>Of a put.</summary>
    public PutResult Put => _message.ResponsePut is { } put ? new PutResult(put.Header?.Revision ?? 0, KeyValue.From(put.PrevKv)) : throw Other("put");

    /// <summary>Of a deletion.</summary>
    public DeleteResult Delete => DeleteResult.From(_message.ResponseDeleteRange ?? throw Other("deletion"));

    /// <summary>Of a transaction.</summary>
    public TxnResult Nested => TxnResult.From(_message.ResponseTxn ?? throw Other("transaction"));

    private InvalidOperationException Other(string wanted) => new($"the operation was no {wanted} but {_message.ResponseCase}");
}
