using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.State.Mvcc;

/// <summary>The checks of the request path, before anything is proposed, in etcd's order (contract/api.md, 2.2). Null means acceptable.</summary>
public static class KvValidation
{
    /// <summary>Checks a range.</summary>
    public static EtcdError? Check(RangeRequest request) => throw new NotImplementedException();

    /// <summary>Checks a streamed range.</summary>
    public static EtcdError? CheckStream(RangeRequest request) => throw new NotImplementedException();

    /// <summary>Checks a put.</summary>
    public static EtcdError? Check(PutRequest request) => throw new NotImplementedException();

    /// <summary>Checks a deletion.</summary>
    public static EtcdError? Check(DeleteRangeRequest request) => throw new NotImplementedException();

    /// <summary>Checks a transaction.</summary>
    public static EtcdError? Check(TxnRequest request, int maxTxnOps) => throw new NotImplementedException();

    /// <summary>Every top-level operation of both branches is a range, so nothing is replicated.</summary>
    public static bool IsReadOnly(TxnRequest request) => throw new NotImplementedException();

    /// <summary>It is read-only and every range in it is serializable, so no ReadIndex is needed.</summary>
    public static bool IsSerializable(TxnRequest request) => throw new NotImplementedException();

    /// <summary>What a put costs against the quota, in bytes (contract/api.md, 2.6).</summary>
    public static long QuotaCost(PutRequest request) => throw new NotImplementedException();

    /// <summary>What a transaction costs against the quota, in bytes; 0 if it puts nothing.</summary>
    public static long QuotaCost(TxnRequest request) => throw new NotImplementedException();
}
