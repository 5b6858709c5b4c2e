using Google.Protobuf;
using Google.Protobuf.Collections;
using Tenet.Foundation.Logging;
using Tenet.Protocol.Calls;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Server.Services;
using Tenet.State.Mvcc;

namespace Tenet.Server.Observability;

/// <summary>The line about a unary call that took long (contract/api.md, 8.2). Values are never written, only their sizes.</summary>
internal static class RequestStatistics
{
    public static void Log(MemberCore core, CallContext context, TimeSpan took, IMessage request, object response)
    {
        (long requestCount, int requestSize, long responseCount, long responseSize) = Counts(request, response);
        core.Log.Warn(
            "request stats",
            new LogField("start time", core.Clock.GetUtcNow() - took),
            new LogField("time spent", took),
            new LogField("remote", context.Peer),
            new LogField("response type", context.Method),
            new LogField("request count", requestCount),
            new LogField("request size", requestSize),
            new LogField("response count", responseCount),
            new LogField("response size", responseSize),
            new LogField("request content", requestSize < 0 ? "" : RequestText.Of(request)));
    }

    private static (long RequestCount, int RequestSize, long ResponseCount, long ResponseSize) Counts(IMessage request, object response) =>
        (request, response) switch
        {
            (RangeRequest range, RangeResult result) => (0, range.CalculateSize(), result.Count, result.EncodedLength),
            (PutRequest put, PutResponse done) => (1, put.CalculateSize(), 0, done.CalculateSize()),
            (DeleteRangeRequest delete, DeleteRangeResponse done) => (0, delete.CalculateSize(), done.Deleted, done.CalculateSize()),
            (TxnRequest txn, TxnResponse done) => Counts(done.Succeeded ? txn.Success : txn.Failure, done),
            _ => (-1, -1, -1, -1),
        };

    private static (long RequestCount, int RequestSize, long ResponseCount, long ResponseSize) Counts(RepeatedField<RequestOp> chosen, TxnResponse response)
    {
        int size = 0;
        foreach (RequestOp operation in chosen)
            size += operation.CalculateSize();
        return (chosen.Count, size, 0, response.CalculateSize());
    }
}
