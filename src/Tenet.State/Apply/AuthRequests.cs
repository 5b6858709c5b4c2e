using Google.Protobuf;
using Tenet.Protocol.Authpb;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.State.Auth;
using Tenet.State.Mvcc;

namespace Tenet.State.Apply;

/// <summary>Carries out the Auth service's requests for <see cref="Applier"/>, after it has asked whether they are allowed.</summary>
internal sealed class AuthRequests(AuthStore auth, MvccStore store)
{
    /// <returns>Null if the request is none of them.</returns>
    public ApplyOutcome? Apply(ulong index, InternalRaftRequest request, bool hasWaiter)
    {
        if (request.Authenticate is { } login)
        {
            EtcdError? refusal = auth.LogIn(login, index, out string token);
            return Result(refusal, new AuthenticateResponse { Header = Header(), Token = token });
        }

        return ApplyOfUsers(index, request, hasWaiter) ?? ApplyOfRoles(request, hasWaiter) ?? ApplySwitch(request);
    }

    private ApplyOutcome? ApplySwitch(InternalRaftRequest request)
    {
        if (request.AuthEnable is not null)
            return Result(auth.Enable(), new AuthEnableResponse { Header = Header() });
        if (request.AuthDisable is not null)
        {
            auth.Disable();
            return Result(null, new AuthDisableResponse { Header = Header() });
        }

        AuthView view = auth.Current;
        return request.AuthStatus is null
            ? null
            : Result(null, new AuthStatusResponse { Header = Header(), Enabled = view.Enabled, AuthRevision = view.Revision });
    }

    private ApplyOutcome? ApplyOfUsers(ulong index, InternalRaftRequest request, bool hasWaiter)
    {
        if (request.AuthUserAdd is { } add)
            return Result(auth.Add(add, index), new AuthUserAddResponse { Header = Header() });
        if (request.AuthUserDelete is { } delete)
            return Result(auth.Delete(delete), new AuthUserDeleteResponse { Header = Header() });
        if (request.AuthUserChangePassword is { } change)
            return Result(auth.ChangePassword(change, index), new AuthUserChangePasswordResponse { Header = Header() });
        if (request.AuthUserGrantRole is { } grant)
            return Result(auth.Grant(grant), new AuthUserGrantRoleResponse { Header = Header() });
        if (request.AuthUserRevokeRole is { } revoke)
            return Result(auth.Revoke(revoke), new AuthUserRevokeRoleResponse { Header = Header() });
        if (request.AuthUserList is not null)
            return hasWaiter ? Result(null, new AuthUserListResponse { Header = Header(), Users = { auth.Current.UserNames } }) : default(ApplyOutcome);
        if (request.AuthUserGet is not { } get)
            return null;
        if (!hasWaiter)
            return default(ApplyOutcome);
        return auth.Current.FindUser(get.Name) is { } user
            ? Result(null, new AuthUserGetResponse { Header = Header(), Roles = { user.Roles } })
            : Result(EtcdErrors.UserNameNotFound, null);
    }

    private ApplyOutcome? ApplyOfRoles(InternalRaftRequest request, bool hasWaiter)
    {
        if (request.AuthRoleAdd is { } add)
            return Result(auth.Add(add), new AuthRoleAddResponse { Header = Header() });
        if (request.AuthRoleDelete is { } delete)
            return Result(auth.Delete(delete), new AuthRoleDeleteResponse { Header = Header() });
        if (request.AuthRoleGrantPermission is { } grant)
            return Result(auth.Grant(grant), new AuthRoleGrantPermissionResponse { Header = Header() });
        if (request.AuthRoleRevokePermission is { } revoke)
            return Result(auth.Revoke(revoke), new AuthRoleRevokePermissionResponse { Header = Header() });
        if (request.AuthRoleList is not null)
            return hasWaiter ? Result(null, new AuthRoleListResponse { Header = Header(), Roles = { auth.Current.RoleNames } }) : default(ApplyOutcome);
        if (request.AuthRoleGet is not { } get)
            return null;
        return hasWaiter ? Show(get.Role) : default(ApplyOutcome);
    }

    /// <summary>A record of the role that may do everything says nothing of what it may do.</summary>
    private ApplyOutcome Show(string name)
    {
        if (auth.Current.FindRole(name) is not { } role)
            return Result(EtcdErrors.RoleNameNotFound, null);
        var response = new AuthRoleGetResponse { Header = Header() };
        if (name == AuthView.Root)
            response.Perm.Add(new Permission { PermType = Permission.Types.Type.Readwrite, RangeEnd = ByteString.CopyFrom(0) });
        else
            response.Perm.Add(role.KeyPermission);
        return Result(null, response);
    }

    private static ApplyOutcome Result(EtcdError? refusal, IMessage? response) =>
        refusal is null ? new ApplyOutcome(response) : new ApplyOutcome(Error: refusal);

    private ResponseHeader Header() => new() { Revision = store.CurrentRevision };
}
