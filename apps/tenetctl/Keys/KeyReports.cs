using Tenet.Ctl.Output;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Mvccpb;

namespace Tenet.Ctl.Keys;

/// <summary>Results of commands on keys.</summary>
internal static class KeyReports
{
    public static Report Put(PutResponse response) => new()
    {
        Message = response,
        Simple = writer => Put(writer, response),
        Fields = writer => Put(writer, response),
    };

    public static Report Get(RangeResponse response) => new()
    {
        Message = response,
        Simple = writer => Get(writer, response),
        Fields = writer => Get(writer, response),
    };

    public static Report Delete(DeleteRangeResponse response) => new()
    {
        Message = response,
        Simple = writer => Delete(writer, response),
        Fields = writer => Delete(writer, response),
    };

    public static Report Txn(TxnResponse response) => new()
    {
        Message = response,
        Simple = writer => Txn(writer, response),
        Fields = writer => Txn(writer, response),
    };

    private static void Put(SimpleWriter writer, PutResponse response)
    {
        writer.Line("OK");
        if (response.PrevKv is { } previous)
            writer.Pair(previous);
    }

    private static void Put(FieldsWriter writer, PutResponse response)
    {
        writer.Header(response.Header);
        if (response.PrevKv is { } previous)
            writer.Pair("Prev", previous);
    }

    private static void Get(SimpleWriter writer, RangeResponse response)
    {
        foreach (KeyValue pair in response.Kvs)
            writer.Pair(pair);
    }

    private static void Get(FieldsWriter writer, RangeResponse response)
    {
        writer.Header(response.Header);
        foreach (KeyValue pair in response.Kvs)
            writer.Pair("", pair);
        writer.Value("More", response.More);
        writer.Value("Count", response.Count);
    }

    private static void Delete(SimpleWriter writer, DeleteRangeResponse response)
    {
        writer.Line($"{response.Deleted}");
        foreach (KeyValue pair in response.PrevKvs)
            writer.Pair(pair);
    }

    private static void Delete(FieldsWriter writer, DeleteRangeResponse response)
    {
        writer.Header(response.Header);
        writer.Value("Deleted", response.Deleted);
        foreach (KeyValue pair in response.PrevKvs)
            writer.Pair("Prev", pair);
    }

    private static void Txn(SimpleWriter writer, TxnResponse response)
    {
        writer.Line(response.Succeeded ? "SUCCESS" : "FAILURE");
        foreach (ResponseOp operation in response.Responses)
        {
            writer.Line("");
            switch (operation.ResponseCase)
            {
                case ResponseOp.ResponseOneofCase.ResponsePut:
                    Put(writer, operation.ResponsePut);
                    break;
                case ResponseOp.ResponseOneofCase.ResponseRange:
                    Get(writer, operation.ResponseRange);
                    break;
                case ResponseOp.ResponseOneofCase.ResponseDeleteRange:
                    Delete(writer, operation.ResponseDeleteRange);
                    break;
                default:
                    writer.Line($"unexpected response {operation}");
                    break;
            }
        }
    }

    private static void Txn(FieldsWriter writer, TxnResponse response)
    {
        writer.Header(response.Header);
        writer.Value("Succeeded", response.Succeeded);
        foreach (ResponseOp operation in response.Responses)
        {
            switch (operation.ResponseCase)
            {
                case ResponseOp.ResponseOneofCase.ResponsePut:
                    Put(writer, operation.ResponsePut);
                    break;
                case ResponseOp.ResponseOneofCase.ResponseRange:
                    Get(writer, operation.ResponseRange);
                    break;
                case ResponseOp.ResponseOneofCase.ResponseDeleteRange:
                    Delete(writer, operation.ResponseDeleteRange);
                    break;
                default:
                    writer.Quoted("Unknown", operation.ToString());
                    break;
            }
        }
    }
}
