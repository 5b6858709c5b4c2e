using Google.Protobuf;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Client;

/// <summary>One thing that a transaction does.</summary>
public sealed class Operation
{
    private Operation(RequestOp message) => Message = message;

    internal RequestOp Message { get; }

    /// <summary>Reads one key.</summary>
    public static Operation Get(string key, RangeOptions? options = null) => Range(KeyRange.Single(key), options);

    /// <inheritdoc cref="Get(string, RangeOptions?)"/>
    public static Operation Get(ReadOnlyMemory<byte> key, RangeOptions? options = null) => Range(KeyRange.Single(key), options);

    /// <summary>Reads a range.</summary>
    public static Operation Range(KeyRange range, RangeOptions? options = null) =>
        new(new RequestOp { RequestRange = (options ?? RangeOptions.Default).ToRequest(range) });

    /// <summary>Writes a key.</summary>
    public static Operation Put(string key, string value, PutOptions? options = null) => Put(Bytes.Of(key), Bytes.Of(value), options);

    /// <inheritdoc cref="Put(string, string, PutOptions?)"/>
    public static Operation Put(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value, PutOptions? options = null) => Put(Bytes.Of(key), Bytes.Of(value), options);

    /// <summary>Deletes a key.</summary>
    public static Operation Delete(string key, bool previous = false) => Delete(KeyRange.Single(key), previous);

    /// <summary>Deletes a range.</summary>
    public static Operation Delete(KeyRange range, bool previous = false) =>
        new(new RequestOp { RequestDeleteRange = new DeleteRangeRequest { Key = range.Key, RangeEnd = range.End, PrevKv = previous } });

    /// <summary>Carries out a transaction inside this one.</summary>
    public static Operation Nested(Txn txn) => new(new RequestOp { RequestTxn = txn.Message });

    internal static PutRequest PutRequest(ByteString key, ByteString value, PutOptions options) => new()
    {
        Key = key,
        Value = options.KeepValue ? ByteString.Empty : value,
        Lease = options.LeaseId,
        PrevKv = options.Previous,
        IgnoreValue = options.KeepValue,
        IgnoreLease = options.KeepLease,
    };

    private static Operation Put(ByteString key, ByteString value, PutOptions? options) =>
        new(new RequestOp { RequestPut = PutRequest(key, value, options ?? PutOptions.Default) });
}
