using Tenet.Client.Calls;
using Tenet.Client.Calls.Methods;
using Tenet.Protocol.Authpb;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Client;

/// <summary>Users, roles, and what roles allow.</summary>
public sealed class Auth
{
    private readonly ICallInvoker _invoker;
    private readonly CallOptions _options;

    internal Auth(ICallInvoker invoker, CallOptions options) => (_invoker, _options) = (invoker, options);

    /// <summary>Turns authentication on. There must be a user <c>root</c> with the role <c>root</c>.</summary>
    public Task EnableAsync(CancellationToken cancellation = default) => CallAsync(AuthMethods.AuthEnable, new AuthEnableRequest(), cancellation);

    /// <summary>Turns authentication off.</summary>
    public Task DisableAsync(CancellationToken cancellation = default) => CallAsync(AuthMethods.AuthDisable, new AuthDisableRequest(), cancellation);

    /// <summary>Whether authentication is on.</summary>
    public async Task<bool> IsEnabledAsync(CancellationToken cancellation = default) =>
        (await CallAsync(AuthMethods.AuthStatus, new AuthStatusRequest(), cancellation).ConfigureAwait(false)).Enabled;

    /// <summary>Adds a user; without a password only a certificate proves who it is.</summary>
    public Task AddUserAsync(string name, string? password = null, CancellationToken cancellation = default) =>
        CallAsync(AuthMethods.UserAdd, new AuthUserAddRequest { Name = name, Password = password ?? "", Options = new UserAddOptions { NoPassword = password is null } }, cancellation);

    /// <summary>Deletes a user.</summary>
    public Task DeleteUserAsync(string name, CancellationToken cancellation = default) =>
        CallAsync(AuthMethods.UserDelete, new AuthUserDeleteRequest { Name = name }, cancellation);

    /// <summary>Changes a user's password.</summary>
    public Task ChangePasswordAsync(string name, string password, CancellationToken cancellation = default) =>
        CallAsync(AuthMethods.UserChangePassword, new AuthUserChangePasswordRequest { Name = name, Password = password }, cancellation);

    /// <summary>The users.</summary>
    public async Task<IReadOnlyList<string>> UsersAsync(CancellationToken cancellation = default) =>
        (await CallAsync(AuthMethods.UserList, new AuthUserListRequest(), cancellation).ConfigureAwait(false)).Users;

    /// <summary>The roles of a user.</summary>
    public async Task<IReadOnlyList<string>> RolesOfAsync(string user, CancellationToken cancellation = default) =>
        (await CallAsync(AuthMethods.UserGet, new AuthUserGetRequest { Name = user }, cancellation).ConfigureAwait(false)).Roles;

    /// <summary>Gives a user a role.</summary>
    public Task GrantRoleAsync(string user, string role, CancellationToken cancellation = default) =>
        CallAsync(AuthMethods.UserGrantRole, new AuthUserGrantRoleRequest { User = user, Role = role }, cancellation);

    /// <summary>Takes a role from a user.</summary>
    public Task RevokeRoleAsync(string user, string role, CancellationToken cancellation = default) =>
        CallAsync(AuthMethods.UserRevokeRole, new AuthUserRevokeRoleRequest { Name = user, Role = role }, cancellation);

    /// <summary>Adds a role, which allows nothing yet.</summary>
    public Task AddRoleAsync(string role, CancellationToken cancellation = default) =>
        CallAsync(AuthMethods.RoleAdd, new AuthRoleAddRequest { Name = role }, cancellation);

    /// <summary>Deletes a role.</summary>
    public Task DeleteRoleAsync(string role, CancellationToken cancellation = default) =>
        CallAsync(AuthMethods.RoleDelete, new AuthRoleDeleteRequest { Role = role }, cancellation);

    /// <summary>The roles.</summary>
    public async Task<IReadOnlyList<string>> RolesAsync(CancellationToken cancellation = default) =>
        (await CallAsync(AuthMethods.RoleList, new AuthRoleListRequest(), cancellation).ConfigureAwait(false)).Roles;

    /// <summary>What a role allows.</summary>
    public async Task<IReadOnlyList<Permission>> PermissionsOfAsync(string role, CancellationToken cancellation = default) =>
        (await CallAsync(AuthMethods.RoleGet, new AuthRoleGetRequest { Role = role }, cancellation).ConfigureAwait(false)).Perm;

    /// <summary>Lets a role read, write, or both.</summary>
    public Task GrantPermissionAsync(string role, Permission.Types.Type permission, KeyRange range, CancellationToken cancellation = default)
    {
        var granted = new Permission { PermType = permission, Key = range.Key, RangeEnd = range.End };
        return CallAsync(AuthMethods.RoleGrantPermission, new AuthRoleGrantPermissionRequest { Name = role, Perm = granted }, cancellation);
    }

    /// <summary>Takes a permission from a role; the range is the one for which it was granted.</summary>
    public Task RevokePermissionAsync(string role, KeyRange range, CancellationToken cancellation = default) =>
        CallAsync(AuthMethods.RoleRevokePermission, new AuthRoleRevokePermissionRequest { Role = role, Key = range.Key, RangeEnd = range.End }, cancellation);

    private Task<TResponse> CallAsync<TRequest, TResponse>(ClientMethod<TRequest, TResponse> method, TRequest request, CancellationToken cancellation)
        where TRequest : class
        where TResponse : class
        => _invoker.UnaryAsync(method, request, _options, cancellation);
}
