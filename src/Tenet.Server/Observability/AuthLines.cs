using System.Security.Cryptography;
using System.Text;
using Tenet.Foundation.Logging;
using Tenet.Protocol.Authpb;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.State.Apply;
using Tenet.State.Auth;

namespace Tenet.Server.Observability;

/// <summary>
/// What operators who watch over users and roles read in the log, on every member, whoever was asked: the lines of etcd's auth store. The state, which says nothing itself, is
/// compared before and after the entry.
/// </summary>
internal static class AuthLines
{
    /// <summary>An entry has been applied.</summary>
    public static void Applied(ILog log, InternalRaftRequest request, in ApplyOutcome outcome, AuthView before, AuthView after)
    {
        if (outcome.Error is { } error)
        {
            AuthIdentity who = new(request.Header?.Username, request.Header?.AuthRevision ?? 0);
            Denied(log, before, who, FirstKey(request).Span, error);
            Refused(log, request, error, before);
        }
        else
        {
            Switched(log, request, outcome, before);
            UserChanged(log, request, before, after);
            RoleChanged(log, request);
        }
    }

    /// <summary>Somebody may not read or write keys, for a reason that is not the permissions.</summary>
    public static void Denied(ILog log, AuthView view, AuthIdentity who, ReadOnlySpan<byte> key, EtcdError refusal)
    {
        if (refusal == EtcdErrors.AuthOldRevision)
        {
            log.Warn(
                "request auth revision is less than current node auth revision",
                new("current node auth revision", view.Revision),
                new("request auth revision", who.Revision),
                new("request key", Encoding.UTF8.GetString(key)),
                new("error", refusal.Message));
        }
        else if (refusal == EtcdErrors.PermissionDenied && view.FindUser(who.User) is null)
        {
            log.Error("cannot find a user for permission check", new LogField("user-name", who.User ?? ""));
        }
    }

    /// <summary>Somebody has got a token, which itself is in no line.</summary>
    public static void Authenticated(ILog log, string user, string token)
    {
        if (log.IsEnabled(LogLevel.Debug))
            log.Debug("authenticated a user", new("user-name", user), new("token-fingerprint", Fingerprint(token)));
    }

    /// <summary>By which a token is recognized by those who have it.</summary>
    public static string Fingerprint(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)))[..12];

    /// <summary>The key of a request that is asked about first.</summary>
    public static ReadOnlyMemory<byte> FirstKey(InternalRaftRequest request) =>
        (request.Put?.Key ?? request.DeleteRange?.Key ?? request.Range?.Key)?.Memory ?? (request.Txn is { } txn ? FirstKey(txn) : default);

    /// <summary>The key of a transaction that is asked about first: comparisons come before both branches.</summary>
    public static ReadOnlyMemory<byte> FirstKey(TxnRequest request)
    {
        if (request.Compare.Count > 0)
            return request.Compare[0].Key.Memory;
        foreach (RequestOp operation in request.Success.Concat(request.Failure))
        {
            ReadOnlyMemory<byte> key = operation.RequestCase switch
            {
                RequestOp.RequestOneofCase.RequestRange => operation.RequestRange.Key.Memory,
                RequestOp.RequestOneofCase.RequestPut => operation.RequestPut.Key.Memory,
                RequestOp.RequestOneofCase.RequestDeleteRange => operation.RequestDeleteRange.Key.Memory,
                RequestOp.RequestOneofCase.RequestTxn => FirstKey(operation.RequestTxn),
                _ => default,
            };
            if (!key.IsEmpty)
                return key;
        }

        return default;
    }

    private static void Refused(ILog log, InternalRaftRequest request, EtcdError error, AuthView before)
    {
        if (error == EtcdErrors.UserNameNotFound && request.AuthRoleGet is { } asked)
            log.Warn("'has-role' requested for non-existing user", new("user-name", request.Header?.Username ?? ""), new("role-name", asked.Role));
        if (error != EtcdErrors.InvalidAuthManagement || !before.Enabled)
            return;
        if (request.AuthUserDelete is { } user)
            log.Error("cannot delete 'root' user", new LogField("user-name", user.Name));
        else if (request.AuthRoleDelete is { } role)
            log.Error("cannot delete 'root' role", new LogField("role-name", role.Role));
        else if (request.AuthUserRevokeRole is { } revoke)
            log.Error("'root' user cannot revoke 'root' role", new("user-name", revoke.Name), new("role-name", revoke.Role));
    }

    private static void Switched(ILog log, InternalRaftRequest request, in ApplyOutcome outcome, AuthView before)
    {
        if (request.AuthEnable is not null)
            log.Info(before.Enabled ? "authentication is already enabled; ignored auth enable request" : "enabled authentication");
        else if (request.AuthDisable is not null && before.Enabled)
            log.Info("disabled authentication");

        // Tokens of the other kind are made by the member that was asked, and are known there alone.
        else if (request.Authenticate is { } login && outcome.Response is AuthenticateResponse { Token.Length: > 0 } response)
            Authenticated(log, login.Name, response.Token);
    }

    private static void UserChanged(ILog log, InternalRaftRequest request, AuthView before, AuthView after)
    {
        if (request.AuthUserAdd is { } add)
        {
            log.Info("added a user", new LogField("user-name", add.Name));
        }
        else if (request.AuthUserDelete is { } delete)
        {
            log.Info("deleted a user", new("user-name", delete.Name), new("user-roles", RolesOf(before, delete.Name)));
        }
        else if (request.AuthUserChangePassword is { } change)
        {
            log.Info("changed a password of a user", new("user-name", change.Name), new("user-roles", RolesOf(after, change.Name)));
        }
        else if (request.AuthUserGrantRole is { } grant)
        {
            bool had = before.HasRole(grant.User, grant.Role);
            LogField user = new("user-name", grant.User);
            LogField roles = new("user-roles", RolesOf(after, grant.User));
            if (had)
                log.Warn("ignored grant role request to a user", user, roles, new("duplicate-role-name", grant.Role));
            else
                log.Info("granted a role to a user", user, roles, new("added-role-name", grant.Role));
        }
        else if (request.AuthUserRevokeRole is { } revoke)
        {
            log.Info(
                "revoked a role from a user",
                new("user-name", revoke.Name),
                new("old-user-roles", RolesOf(before, revoke.Name)),
                new("new-user-roles", RolesOf(after, revoke.Name)),
                new("revoked-role-name", revoke.Role));
        }
    }

    private static void RoleChanged(ILog log, InternalRaftRequest request)
    {
        if (request.AuthRoleAdd is { } add)
        {
            log.Info("created a role", new LogField("role-name", add.Name));
        }
        else if (request.AuthRoleDelete is { } delete)
        {
            log.Info("deleted a role", new LogField("role-name", delete.Role));
        }
        else if (request.AuthRoleGrantPermission is { } grant)
        {
            // In etcd's line, the role is a user.
            log.Info(
                "granted/updated a permission to a user",
                new("user-name", grant.Name),
                new("permission-name", NameOf(grant.Perm.PermType)),
                new("key", grant.Perm.Key.ToStringUtf8()),
                new("range-end", grant.Perm.RangeEnd.ToStringUtf8()));
        }
        else if (request.AuthRoleRevokePermission is { } revoke)
        {
            log.Info(
                "revoked a permission on range",
                new("role-name", revoke.Role),
                new("key", revoke.Key.ToStringUtf8()),
                new("range-end", revoke.RangeEnd.ToStringUtf8()));
        }
    }

    private static string[] RolesOf(AuthView view, string user) => view.FindUser(user) is { } found ? [.. found.Roles] : [];

    private static string NameOf(Permission.Types.Type type) => type switch
    {
        Permission.Types.Type.Read => "READ",
        Permission.Types.Type.Write => "WRITE",
        Permission.Types.Type.Readwrite => "READWRITE",
        _ => "",
    };
}
