using Google.Protobuf;
using Tenet.Interop.Tests.Processes;
using Tenet.Interop.Tests.Wire;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Mvccpb;

namespace Tenet.Interop.Tests.History;

/// <summary>Sends each request to both servers and demands one answer.</summary>
internal sealed class ServerPair(ServerProcess etcd, ServerProcess subject)
{
    private static readonly string[] FoundAtApply =
    [
        "etcdserver: key not found", "etcdserver: requested lease not found",
        "etcdserver: mvcc: required revision has been compacted", "etcdserver: mvcc: required revision is a future revision",
    ];

    /// <summary>Said in front of what a failed comparison says.</summary>
    public string Place { get; set; } = "";

    /// <summary>The revision in the header of the last answer that had one.</summary>
    public long Revision { get; private set; } = 1;

    public async Task CallAsync<T>(IMessage request, Func<EtcdClient, Task<GrpcReply<T>>> call)
        where T : class, IMessage<T>
    {
        Task<GrpcReply<T>> left = call(etcd.Client);
        Task<GrpcReply<T>> right = call(subject.Client);
        await Task.WhenAll(left, right);
        string expected = Show(request, left.Result);
        string actual = Show(request, right.Result);
        Assert.True(expected == actual, $"{Place}: {request}\n--- etcd\n{expected}\n--- {subject.Binary}\n{actual}");
    }

    private string Show<T>(IMessage request, GrpcReply<T> reply)
        where T : class, IMessage<T>
    {
        if (reply.Message is null)
        {
            // A txn that has several faults is refused for one of them: 3.5 looks at all puts first, 3.7 at one operation after the other.
            return request is TxnRequest && FoundAtApply.Contains(reply.Text) ? "refused" : $"{reply.Status} {reply.Text}";
        }
        T message = reply.Message.Clone();
        Neutralise(request, message);
        return message.ToString() ?? "";
    }

    /// <summary>Removes what may differ: the term, the order of ties in a sort, and the lease of a key that was asked for without its value.</summary>
    private void Neutralise(IMessage? request, IMessage? response)
    {
        switch (request, response)
        {
            case (RangeRequest asked, RangeResponse range):
                Forget(range.Header);
                KeyValue[] kvs = [.. range.Kvs];
                // etcd 3.7 answers keys-only reads from its index, which holds no leases; 3.5 reads the records.
                if (asked.KeysOnly)
                    Array.ForEach(kvs, kv => kv.Lease = 0);
                if (asked.SortTarget != RangeRequest.Types.SortTarget.Key)
                {
                    Assert.True(IsSorted(asked, kvs), $"{Place}: not sorted as asked: {request} {response}");
                    Array.Sort(kvs, static (x, y) => x.Key.Span.SequenceCompareTo(y.Key.Span));
                    range.Kvs.Clear();
                    range.Kvs.AddRange(kvs);
                }
                break;
            case (PutRequest, PutResponse put):
                Forget(put.Header);
                break;
            case (DeleteRangeRequest, DeleteRangeResponse deleted):
                Forget(deleted.Header);
                break;
            case (TxnRequest asked, TxnResponse txn):
                Forget(txn.Header);
                Google.Protobuf.Collections.RepeatedField<RequestOp> chosen = txn.Succeeded ? asked.Success : asked.Failure;
                for (int i = 0; i < txn.Responses.Count; i++)
                    Neutralise(Inner(chosen[i]), Inner(txn.Responses[i]));
                break;
            case (_, CompactionResponse compacted):
                Forget(compacted.Header);
                break;
            case (_, LeaseGrantResponse granted):
                Forget(granted.Header);
                break;
            case (_, LeaseRevokeResponse revoked):
                Forget(revoked.Header);
                break;
            case (_, HashKVResponse hash):
                Forget(hash.Header);
                hash.HashRevision = 0; // new in 3.6
                break;
        }
    }

    private void Forget(ResponseHeader? header)
    {
        if (header is null)
            return;
        header.RaftTerm = 0;
        Revision = Math.Max(Revision, header.Revision);
    }

    private static IMessage? Inner(RequestOp op) => (IMessage?)op.RequestPut ?? (IMessage?)op.RequestRange ?? (IMessage?)op.RequestDeleteRange ?? op.RequestTxn;

    private static IMessage? Inner(ResponseOp op) => (IMessage?)op.ResponsePut ?? (IMessage?)op.ResponseRange ?? (IMessage?)op.ResponseDeleteRange ?? op.ResponseTxn;

    private static bool IsSorted(RangeRequest asked, KeyValue[] kvs)
    {
        int direction = asked.SortOrder == RangeRequest.Types.SortOrder.Descend ? -1 : 1;
        for (int i = 1; i < kvs.Length; i++)
        {
            int order = asked.SortTarget switch
            {
                RangeRequest.Types.SortTarget.Create => kvs[i - 1].CreateRevision.CompareTo(kvs[i].CreateRevision),
                RangeRequest.Types.SortTarget.Mod => kvs[i - 1].ModRevision.CompareTo(kvs[i].ModRevision),
                RangeRequest.Types.SortTarget.Version => kvs[i - 1].Version.CompareTo(kvs[i].Version),
                _ => kvs[i - 1].Value.Span.SequenceCompareTo(kvs[i].Value.Span),
            };
            if (order * direction > 0)
                return false;
        }
        return true;
    }
}
