using System.Globalization;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Server.Observability;

/// <summary>Requests as log lines show them: keys readable, of values only the size (contract/api.md, 8.2).</summary>
internal static class RequestText
{
    public static string Of(IMessage request)
    {
        var text = new StringBuilder();
        switch (request)
        {
            case InternalRaftRequest wrapped:
                Append(text, wrapped);
                break;
            case PutRequest put:
                Append(text, put);
                break;
            case TxnRequest txn:
                Append(text, txn);
                break;
            case RangeRequest range:
                Append(text, range);
                break;
            case DeleteRangeRequest delete:
                Append(text, delete);
                break;
            default:
                text.Append(request);
                break;
        }

        return text.ToString().TrimEnd();
    }

    private static void Append(StringBuilder text, InternalRaftRequest request)
    {
        if (request.Header is { } header)
            text.Append(CultureInfo.InvariantCulture, $"header:<ID:{header.ID} > ");
        if (request.Put is { } put)
            Nest(text, "put", () => Append(text, put));
        else if (request.Txn is { } txn)
            Nest(text, "txn", () => Append(text, txn));
        else if (request.Range is { } range)
            Nest(text, "range", () => Append(text, range));
        else if (request.DeleteRange is { } delete)
            Nest(text, "delete_range", () => Append(text, delete));
        else if (request.LeaseGrant is { } grant)
            text.Append(CultureInfo.InvariantCulture, $"lease_grant:<ttl:{grant.TTL}-second id:{grant.ID:x16}>");
        else if (request.LeaseRevoke is { } revoke)
            text.Append(CultureInfo.InvariantCulture, $"lease_revoke:<id:{revoke.ID:x16}>");
        else if (request.Compaction is { } compaction)
            text.Append(CultureInfo.InvariantCulture, $"compaction:<revision:{compaction.Revision} >");
    }

    private static void Append(StringBuilder text, PutRequest put)
    {
        Bytes(text, "key", put.Key);
        text.Append(CultureInfo.InvariantCulture, $"value_size:{put.Value.Length} ");
        Number(text, "lease", put.Lease);
        Flag(text, "prev_kv", put.PrevKv);
        Flag(text, "ignore_value", put.IgnoreValue);
        Flag(text, "ignore_lease", put.IgnoreLease);
    }

    private static void Append(StringBuilder text, RangeRequest range)
    {
        Bytes(text, "key", range.Key);
        Bytes(text, "range_end", range.RangeEnd);
        Number(text, "limit", range.Limit);
        Number(text, "revision", range.Revision);
        Flag(text, "serializable", range.Serializable);
        Flag(text, "keys_only", range.KeysOnly);
        Flag(text, "count_only", range.CountOnly);
    }

    private static void Append(StringBuilder text, DeleteRangeRequest delete)
    {
        Bytes(text, "key", delete.Key);
        Bytes(text, "range_end", delete.RangeEnd);
        Flag(text, "prev_kv", delete.PrevKv);
    }

    private static void Append(StringBuilder text, TxnRequest txn)
    {
        foreach (Compare compare in txn.Compare)
        {
            text.Append(CultureInfo.InvariantCulture, $"compare:<target:{compare.Target} result:{compare.Result} ");
            Bytes(text, "key", compare.Key);
            if (compare.TargetUnionCase == Compare.TargetUnionOneofCase.Value)
                text.Append(CultureInfo.InvariantCulture, $"value_size:{compare.Value.Length} ");
            text.Append("> ");
        }

        Append(text, "success", txn.Success);
        Append(text, "failure", txn.Failure);
    }

    private static void Append(StringBuilder text, string branch, RepeatedField<RequestOp> operations)
    {
        foreach (RequestOp operation in operations)
        {
            text.Append(branch).Append(":<");
            switch (operation.RequestCase)
            {
                case RequestOp.RequestOneofCase.RequestPut:
                    Nest(text, "request_put", () => Append(text, operation.RequestPut));
                    break;
                case RequestOp.RequestOneofCase.RequestRange:
                    Nest(text, "request_range", () => Append(text, operation.RequestRange));
                    break;
                case RequestOp.RequestOneofCase.RequestDeleteRange:
                    Nest(text, "request_delete_range", () => Append(text, operation.RequestDeleteRange));
                    break;
                case RequestOp.RequestOneofCase.RequestTxn:
                    Nest(text, "request_txn", () => Append(text, operation.RequestTxn));
                    break;
                default:
                    break; // Nothing is set.
            }

            text.Append("> ");
        }
    }

    private static void Nest(StringBuilder text, string name, Action content)
    {
        text.Append(name).Append(":<");
        content();
        text.Append("> ");
    }

    private static void Bytes(StringBuilder text, string name, ByteString value)
    {
        if (!value.IsEmpty)
            text.Append(name).Append(":\"").Append(value.ToStringUtf8()).Append("\" ");
    }

    private static void Number(StringBuilder text, string name, long value)
    {
        if (value != 0)
            text.Append(CultureInfo.InvariantCulture, $"{name}:{value} ");
    }

    private static void Flag(StringBuilder text, string name, bool value)
    {
        if (value)
            text.Append(name).Append(":true ");
    }
}
