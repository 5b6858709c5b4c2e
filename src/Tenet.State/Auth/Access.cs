using Google.Protobuf.Collections;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.State.Leases;

namespace Tenet.State.Auth;

/// <summary>
/// Whether somebody may do what a request asks for: the one place that goes through requests, whatever is nested in them, both at a service's door and when an entry is
/// applied (contract/api.md, 2.7). Each answer is null for yes, or the refusal. Everything is yes while authentication is off.
/// </summary>
/// <param name="view">Users and permissions.</param>
/// <param name="leases">Knows which keys hang on a lease.</param>
/// <param name="who">Who asks.</param>
public readonly struct Access(AuthView view, Lessor leases, AuthIdentity who)
{
    /// <summary>
    /// What an entry asks for, by the rules that every member of a cluster goes by when it applies it. Requests that etcd lets nobody but root propose and then applies for anybody
    /// (compaction, alarms) pass here: whoever may propose them is asked at the door.
    /// </summary>
    public EtcdError? Check(InternalRaftRequest request)
    {
        if (!view.Enabled)
            return null;
        if (request.Put is { } put)
            return Check(put);
        if (request.Txn is { } txn)
            return Check(txn);
        if (request.DeleteRange is { } delete)
            return Check(delete);
        if (request.Range is { } range)
            return Check(range);
        if (request.LeaseRevoke is { } revoke)
            return CheckWriteOfLease(revoke.ID);
        if (request.AuthUserGet is { } userGet)
            return view.CheckRoot(who) is { } notRoot && userGet.Name != (who.User ?? "") ? notRoot : null;
        if (request.AuthRoleGet is { } roleGet)
            return view.CheckRoot(who) is { } notRoot && !view.HasRole(who.User, roleGet.Role) ? notRoot : null;
        return IsForRoot(request) ? view.CheckRoot(who) : null;
    }

    /// <summary>Whether an entry may be proposed by root alone.</summary>
    public static bool IsForRoot(InternalRaftRequest request) =>
        request.AuthEnable is not null || request.AuthDisable is not null || request.AuthUserAdd is not null || request.AuthUserDelete is not null
        || request.AuthUserChangePassword is not null || request.AuthUserGrantRole is not null || request.AuthUserRevokeRole is not null
        || request.AuthUserList is not null || request.AuthRoleAdd is not null || request.AuthRoleGrantPermission is not null
        || request.AuthRoleRevokePermission is not null || request.AuthRoleDelete is not null || request.AuthRoleList is not null;

    /// <summary>A read of keys.</summary>
    public EtcdError? Check(RangeRequest request) => view.CheckRead(who, request.Key.Span, request.RangeEnd.Span);

    /// <summary>A watcher, of the very range that its events will come from: without a key that is from the first one on.</summary>
    public EtcdError? Check(WatchCreateRequest request) =>
        view.CheckRead(who, request.Key.IsEmpty ? [0] : request.Key.Span, request.RangeEnd.Span);

    /// <summary>
    /// A write: of the key; of every other key on the lease, because whoever may not write those could not revoke the lease and must not attach to it; and a read of what the
    /// write replaces, if it is to be shown.
    /// </summary>
    public EtcdError? Check(PutRequest request) =>
        view.CheckWrite(who, request.Key.Span, [])
        ?? CheckWriteOfLease(request.Lease)
        ?? (request.PrevKv ? view.CheckRead(who, request.Key.Span, []) : null);

    /// <summary>A deletion, and a read of what it deletes, if that is to be shown.</summary>
    public EtcdError? Check(DeleteRangeRequest request) =>
        view.CheckWrite(who, request.Key.Span, request.RangeEnd.Span)
        ?? (request.PrevKv ? view.CheckRead(who, request.Key.Span, request.RangeEnd.Span) : null);

    /// <summary>A transaction: every comparison, and everything in both branches whichever will be taken, to any depth.</summary>
    public EtcdError? Check(TxnRequest request)
    {
        foreach (Compare compare in request.Compare)
        {
            if (view.CheckRead(who, compare.Key.Span, compare.RangeEnd.Span) is { } refusal)
                return refusal;
        }

        return Check(request.Success) ?? Check(request.Failure);
    }

    /// <summary>Whatever changes or ends a lease: a write of all keys on it.</summary>
    public EtcdError? CheckWriteOfLease(long lease)
    {
        if (lease == 0 || view.CheckRoot(who) is null)
            return null;
        foreach (ReadOnlyMemory<byte> key in leases.KeysOf(lease))
        {
            if (view.CheckWrite(who, key.Span, []) is { } refusal)
                return refusal;
        }

        return null;
    }

    /// <summary>Whatever shows the keys on a lease: a read of all of them.</summary>
    public EtcdError? CheckReadOfLease(long lease)
    {
        if (view.CheckRoot(who) is null)
            return null;
        foreach (ReadOnlyMemory<byte> key in leases.KeysOf(lease))
        {
            if (view.CheckRead(who, key.Span, []) is { } refusal)
                return refusal;
        }

        return null;
    }

    private EtcdError? Check(RepeatedField<RequestOp> operations)
    {
        foreach (RequestOp operation in operations)
        {
            EtcdError? refusal = operation.RequestCase switch
            {
                RequestOp.RequestOneofCase.RequestRange => Check(operation.RequestRange),
                RequestOp.RequestOneofCase.RequestPut => Check(operation.RequestPut),
                RequestOp.RequestOneofCase.RequestDeleteRange => Check(operation.RequestDeleteRange),
                RequestOp.RequestOneofCase.RequestTxn => Check(operation.RequestTxn),
                _ => null,
            };
            if (refusal is not null)
                return refusal;
        }

        return null;
    }
}
