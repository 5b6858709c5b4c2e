using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Tenet.Foundation;
using Tenet.Foundation.Logging;
using Tenet.Protocol.Authpb;
using Tenet.Protocol.Calls;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Server.Observability;
using Tenet.State.Auth;
using Tenet.State.Auth.Passwords;

namespace Tenet.Server.Services;

/// <summary>
/// etcdserverpb.Auth (contract/api.md, 2.7). Everything goes through the log, reads too. Passwords do not: they are hashed or compared here, before the proposal.
/// </summary>
public sealed class AuthService
{
    private static readonly EtcdError PasswordTooLong = new(StatusCode.Unknown, "bcrypt: password length exceeds 72 bytes");

    private readonly MemberCore _core;
    private readonly int _cost;
    private readonly ByteString _hashOfNobody;

    internal AuthService(MemberCore core)
    {
        _core = core;
        _cost = core.Options.BcryptCost;
        if (_cost is < Bcrypt.CostMin or > Bcrypt.CostMax)
        {
            core.Log.Warn(
                "use default bcrypt cost instead of the invalid given cost",
                new LogField("min-cost", Bcrypt.CostMin),
                new LogField("max-cost", Bcrypt.CostMax),
                new LogField("default-cost", Bcrypt.CostDefault),
                new LogField("given-cost", _cost));
            _cost = Bcrypt.CostDefault;
        }

        _hashOfNobody = ByteString.CopyFromUtf8($"$2a${_cost:00}${new string('.', 53)}");
    }

    /// <summary>Asks for users from now on.</summary>
    public async ValueTask<AuthEnableResponse> AuthEnable(AuthEnableRequest request, CallContext context)
    {
        var response = await ReplicateAsync<AuthEnableResponse>("AuthEnable", new InternalRaftRequest { AuthEnable = request }, context);
        _core.Headers.Fill(response.Header);
        return response;
    }

    /// <summary>Lets everybody in again.</summary>
    public async ValueTask<AuthDisableResponse> AuthDisable(AuthDisableRequest request, CallContext context)
    {
        var response = await ReplicateAsync<AuthDisableResponse>("AuthDisable", new InternalRaftRequest { AuthDisable = request }, context);
        _core.Headers.Fill(response.Header);
        return response;
    }

    /// <summary>Whether users are asked for, and the auth revision; told to anybody.</summary>
    public async ValueTask<AuthStatusResponse> AuthStatus(AuthStatusRequest request, CallContext context)
    {
        var response = await ReplicateAsync<AuthStatusResponse>("AuthStatus", new InternalRaftRequest { AuthStatus = request }, context);
        _core.Headers.Fill(response.Header);
        return response;
    }

    /// <summary>
    /// Gives a token for a password. Users may change while the password is being compared, so what was compared counts only if the auth revision is still the same
    /// when the login has been applied; else it is compared again.
    /// </summary>
    public ValueTask<AuthenticateResponse> Authenticate(AuthenticateRequest request, CallContext context)
    {
        AuthView view = _core.Access.View;
        return view.Enabled && _core.Passwords.IsFullFor(SourceOf(context), LaneOf(view, request.Name))
            ? ValueTask.FromException<AuthenticateResponse>(EtcdErrors.TooManyRequests.ToException())
            : AuthenticateAsync(request, context);
    }

    private async ValueTask<AuthenticateResponse> AuthenticateAsync(AuthenticateRequest request, CallContext context)
    {
        await _core.Reads.WaitAsync(context.Cancellation);
        string name = request.Name;
        byte[] password = Encoding.UTF8.GetBytes(request.Password);
        request.Password = "";
        while (true)
        {
            ulong revision = await CheckPasswordAsync(name, password, context);
            var login = new InternalAuthenticateRequest { Name = name, SimpleToken = _core.Access.Tokens.NewPrefix() };
            var response = (AuthenticateResponse)await _core.ReplicateUncheckedAsync("Authenticate", new InternalRaftRequest { Authenticate = login }, context);
            if (revision == _core.Access.View.Revision)
            {
                response.Token = _core.Access.Tokens.Issue(response.Token, name, revision);
                if (_core.Access.Tokens.Simple is null)
                    AuthLines.Authenticated(_core.Log, name, response.Token);
                _core.Headers.Fill(response.Header);
                return response;
            }

            _core.Log.Info("revision when password checked became stale; retrying");
        }
    }

    /// <summary>Adds a user.</summary>
    public async ValueTask<AuthUserAddResponse> UserAdd(AuthUserAddRequest request, CallContext context)
    {
        if (request.Options is not { NoPassword: true })
        {
            await RequireRootBeforeHashingAsync(context);
            request.HashedPassword = await HashAsync(request.Name, request.Password, context);
            request.Password = "";
        }

        var response = await ReplicateAsync<AuthUserAddResponse>("AuthUserAdd", new InternalRaftRequest { AuthUserAdd = request }, context);
        _core.Headers.Fill(response.Header);
        return response;
    }

    /// <summary>The roles of a user.</summary>
    public async ValueTask<AuthUserGetResponse> UserGet(AuthUserGetRequest request, CallContext context)
    {
        var response = await ReplicateAsync<AuthUserGetResponse>("AuthUserGet", new InternalRaftRequest { AuthUserGet = request }, context);
        _core.Headers.Fill(response.Header);
        return response;
    }

    /// <summary>All users.</summary>
    public async ValueTask<AuthUserListResponse> UserList(AuthUserListRequest request, CallContext context)
    {
        var response = await ReplicateAsync<AuthUserListResponse>("AuthUserList", new InternalRaftRequest { AuthUserList = request }, context);
        _core.Headers.Fill(response.Header);
        return response;
    }

    /// <summary>Deletes a user.</summary>
    public async ValueTask<AuthUserDeleteResponse> UserDelete(AuthUserDeleteRequest request, CallContext context)
    {
        var response = await ReplicateAsync<AuthUserDeleteResponse>("AuthUserDelete", new InternalRaftRequest { AuthUserDelete = request }, context);
        _core.Headers.Fill(response.Header);
        return response;
    }

    /// <summary>Gives a user another password.</summary>
    public async ValueTask<AuthUserChangePasswordResponse> UserChangePassword(AuthUserChangePasswordRequest request, CallContext context)
    {
        if (request.Password.Length > 0)
        {
            await RequireRootBeforeHashingAsync(context);
            request.HashedPassword = await HashAsync(request.Name, request.Password, context);
            request.Password = "";
        }

        var response = await ReplicateAsync<AuthUserChangePasswordResponse>(
            "AuthUserChangePassword", new InternalRaftRequest { AuthUserChangePassword = request }, context);
        _core.Headers.Fill(response.Header);
        return response;
    }

    /// <summary>Gives a user a role.</summary>
    public async ValueTask<AuthUserGrantRoleResponse> UserGrantRole(AuthUserGrantRoleRequest request, CallContext context)
    {
        var response = await ReplicateAsync<AuthUserGrantRoleResponse>("AuthUserGrantRole", new InternalRaftRequest { AuthUserGrantRole = request }, context);
        _core.Headers.Fill(response.Header);
        return response;
    }

    /// <summary>Takes a role from a user.</summary>
    public async ValueTask<AuthUserRevokeRoleResponse> UserRevokeRole(AuthUserRevokeRoleRequest request, CallContext context)
    {
        var response = await ReplicateAsync<AuthUserRevokeRoleResponse>("AuthUserRevokeRole", new InternalRaftRequest { AuthUserRevokeRole = request }, context);
        _core.Headers.Fill(response.Header);
        return response;
    }

    /// <summary>Adds a role.</summary>
    public async ValueTask<AuthRoleAddResponse> RoleAdd(AuthRoleAddRequest request, CallContext context)
    {
        var response = await ReplicateAsync<AuthRoleAddResponse>("AuthRoleAdd", new InternalRaftRequest { AuthRoleAdd = request }, context);
        _core.Headers.Fill(response.Header);
        return response;
    }

    /// <summary>The permissions of a role.</summary>
    public async ValueTask<AuthRoleGetResponse> RoleGet(AuthRoleGetRequest request, CallContext context)
    {
        var response = await ReplicateAsync<AuthRoleGetResponse>("AuthRoleGet", new InternalRaftRequest { AuthRoleGet = request }, context);
        _core.Headers.Fill(response.Header);
        return response;
    }

    /// <summary>All roles.</summary>
    public async ValueTask<AuthRoleListResponse> RoleList(AuthRoleListRequest request, CallContext context)
    {
        var response = await ReplicateAsync<AuthRoleListResponse>("AuthRoleList", new InternalRaftRequest { AuthRoleList = request }, context);
        _core.Headers.Fill(response.Header);
        return response;
    }

    /// <summary>Deletes a role, and takes it from everybody.</summary>
    public async ValueTask<AuthRoleDeleteResponse> RoleDelete(AuthRoleDeleteRequest request, CallContext context)
    {
        var response = await ReplicateAsync<AuthRoleDeleteResponse>("AuthRoleDelete", new InternalRaftRequest { AuthRoleDelete = request }, context);
        _core.Headers.Fill(response.Header);
        return response;
    }

    /// <summary>Gives a role a permission.</summary>
    public async ValueTask<AuthRoleGrantPermissionResponse> RoleGrantPermission(AuthRoleGrantPermissionRequest request, CallContext context)
    {
        var response = await ReplicateAsync<AuthRoleGrantPermissionResponse>(
            "AuthRoleGrantPermission", new InternalRaftRequest { AuthRoleGrantPermission = request }, context);
        _core.Headers.Fill(response.Header);
        return response;
    }

    /// <summary>Takes a permission from a role.</summary>
    public async ValueTask<AuthRoleRevokePermissionResponse> RoleRevokePermission(AuthRoleRevokePermissionRequest request, CallContext context)
    {
        var response = await ReplicateAsync<AuthRoleRevokePermissionResponse>(
            "AuthRoleRevokePermission", new InternalRaftRequest { AuthRoleRevokePermission = request }, context);
        _core.Headers.Fill(response.Header);
        return response;
    }

    private async ValueTask<T> ReplicateAsync<T>(string kind, InternalRaftRequest request, CallContext context)
        where T : IMessage => (T)await _core.ReplicateAsync(kind, request, context);

    /// <returns>The auth revision at which the password was right.</returns>
    private async ValueTask<ulong> CheckPasswordAsync(string name, byte[] password, CallContext context)
    {
        AuthView view = _core.Access.View;
        if (!view.Enabled)
            throw EtcdErrors.AuthNotEnabled.ToException();
        EtcdError refusal = EtcdErrors.AuthFailed;
        User? user = view.FindUser(name);
        if (user?.Options is { NoPassword: true })
            refusal = EtcdErrors.NoPasswordUser;
        // Who does not exist takes as long to be refused as who does.
        else if (await IsPasswordAsync(LaneOf(view, name), user?.Password ?? _hashOfNobody, password, context) && user is not null)
            return view.Revision;
        else if (user is not null)
            _core.Log.Info("invalid password", new LogField("user-name", name));

        _core.Log.Warn("invalid authentication was requested", new LogField("user", name), new LogField("error", refusal.Message));
        throw refusal.ToException();
    }

    private Task<bool> IsPasswordAsync(string lane, ByteString hash, byte[] password, CallContext context) =>
        _core.Passwords.RunAsync(SourceOf(context), lane, () => Bcrypt.Verify(password, hash.Span, CurrentThread.LetOthersGoFirst), context.Cancellation);

    /// <summary>Names that are nobody's wait together, however many somebody thinks of.</summary>
    private static string LaneOf(AuthView view, string name) => view.FindUser(name) is null ? "" : name;

    /// <summary>The caller's address without its port.</summary>
    private static string SourceOf(CallContext context)
    {
        int port = context.Peer.LastIndexOf(':');
        return port < 0 ? context.Peer : context.Peer[..port];
    }

    /// <summary>The work of hashing is not for everybody to ask for.</summary>
    private async ValueTask RequireRootBeforeHashingAsync(CallContext context)
    {
        if (_core.Access.IsOn)
            await _core.Access.AdmitAsync(new InternalRaftRequest { AuthUserList = new AuthUserListRequest() }, context);
    }

    /// <returns>The hash as requests carry it, in Base64.</returns>
    private async ValueTask<string> HashAsync(string name, string password, CallContext context)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(password);
        if (bytes.Length > Bcrypt.PasswordLengthMax)
            throw PasswordTooLong.ToException();
        // What root asks for has a turn of its own beside all places that logins come from.
        string hash = await _core.Passwords.RunAsync(
            "", name, () => Bcrypt.Hash(bytes, _cost, RandomNumberGenerator.GetBytes(Bcrypt.SaltLength)), context.Cancellation);
        return Convert.ToBase64String(Encoding.ASCII.GetBytes(hash));
    }
}
