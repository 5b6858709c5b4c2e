using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Client.Calls.Methods;

/// <summary>The methods of <c>etcdserverpb.Auth</c>.</summary>
public static class AuthMethods
{
    /// <summary><c>/etcdserverpb.Auth/AuthEnable</c></summary>
    public static ClientMethod<AuthEnableRequest, AuthEnableResponse> AuthEnable { get; } = ClientMethod.Of<AuthEnableRequest, AuthEnableResponse>("/etcdserverpb.Auth/AuthEnable");

    /// <summary><c>/etcdserverpb.Auth/AuthDisable</c></summary>
    public static ClientMethod<AuthDisableRequest, AuthDisableResponse> AuthDisable { get; } = ClientMethod.Of<AuthDisableRequest, AuthDisableResponse>("/etcdserverpb.Auth/AuthDisable");

    /// <summary><c>/etcdserverpb.Auth/AuthStatus</c></summary>
    public static ClientMethod<AuthStatusRequest, AuthStatusResponse> AuthStatus { get; } = ClientMethod.Of<AuthStatusRequest, AuthStatusResponse>("/etcdserverpb.Auth/AuthStatus");

    /// <summary><c>/etcdserverpb.Auth/Authenticate</c></summary>
    public static ClientMethod<AuthenticateRequest, AuthenticateResponse> Authenticate { get; } = ClientMethod.Of<AuthenticateRequest, AuthenticateResponse>("/etcdserverpb.Auth/Authenticate");

    /// <summary><c>/etcdserverpb.Auth/UserAdd</c></summary>
    public static ClientMethod<AuthUserAddRequest, AuthUserAddResponse> UserAdd { get; } = ClientMethod.Of<AuthUserAddRequest, AuthUserAddResponse>("/etcdserverpb.Auth/UserAdd");

    /// <summary><c>/etcdserverpb.Auth/UserGet</c></summary>
    public static ClientMethod<AuthUserGetRequest, AuthUserGetResponse> UserGet { get; } = ClientMethod.Of<AuthUserGetRequest, AuthUserGetResponse>("/etcdserverpb.Auth/UserGet");

    /// <summary><c>/etcdserverpb.Auth/UserList</c></summary>
    public static ClientMethod<AuthUserListRequest, AuthUserListResponse> UserList { get; } = ClientMethod.Of<AuthUserListRequest, AuthUserListResponse>("/etcdserverpb.Auth/UserList");

    /// <summary><c>/etcdserverpb.Auth/UserDelete</c></summary>
    public static ClientMethod<AuthUserDeleteRequest, AuthUserDeleteResponse> UserDelete { get; } = ClientMethod.Of<AuthUserDeleteRequest, AuthUserDeleteResponse>("/etcdserverpb.Auth/UserDelete");

    /// <summary><c>/etcdserverpb.Auth/UserChangePassword</c></summary>
    public static ClientMethod<AuthUserChangePasswordRequest, AuthUserChangePasswordResponse> UserChangePassword { get; } = ClientMethod.Of<AuthUserChangePasswordRequest, AuthUserChangePasswordResponse>("/etcdserverpb.Auth/UserChangePassword");

    /// <summary><c>/etcdserverpb.Auth/UserGrantRole</c></summary>
    public static ClientMethod<AuthUserGrantRoleRequest, AuthUserGrantRoleResponse> UserGrantRole { get; } = ClientMethod.Of<AuthUserGrantRoleRequest, AuthUserGrantRoleResponse>("/etcdserverpb.Auth/UserGrantRole");

    /// <summary><c>/etcdserverpb.Auth/UserRevokeRole</c></summary>
    public static ClientMethod<AuthUserRevokeRoleRequest, AuthUserRevokeRoleResponse> UserRevokeRole { get; } = ClientMethod.Of<AuthUserRevokeRoleRequest, AuthUserRevokeRoleResponse>("/etcdserverpb.Auth/UserRevokeRole");

    /// <summary><c>/etcdserverpb.Auth/RoleAdd</c></summary>
    public static ClientMethod<AuthRoleAddRequest, AuthRoleAddResponse> RoleAdd { get; } = ClientMethod.Of<AuthRoleAddRequest, AuthRoleAddResponse>("/etcdserverpb.Auth/RoleAdd");

    /// <summary><c>/etcdserverpb.Auth/RoleGet</c></summary>
    public static ClientMethod<AuthRoleGetRequest, AuthRoleGetResponse> RoleGet { get; } = ClientMethod.Of<AuthRoleGetRequest, AuthRoleGetResponse>("/etcdserverpb.Auth/RoleGet");

    /// <summary><c>/etcdserverpb.Auth/RoleList</c></summary>
    public static ClientMethod<AuthRoleListRequest, AuthRoleListResponse> RoleList { get; } = ClientMethod.Of<AuthRoleListRequest, AuthRoleListResponse>("/etcdserverpb.Auth/RoleList");

    /// <summary><c>/etcdserverpb.Auth/RoleDelete</c></summary>
    public static ClientMethod<AuthRoleDeleteRequest, AuthRoleDeleteResponse> RoleDelete { get; } = ClientMethod.Of<AuthRoleDeleteRequest, AuthRoleDeleteResponse>("/etcdserverpb.Auth/RoleDelete");

    /// <summary><c>/etcdserverpb.Auth/RoleGrantPermission</c></summary>
    public static ClientMethod<AuthRoleGrantPermissionRequest, AuthRoleGrantPermissionResponse> RoleGrantPermission { get; } = ClientMethod.Of<AuthRoleGrantPermissionRequest, AuthRoleGrantPermissionResponse>("/etcdserverpb.Auth/RoleGrantPermission");

    /// <summary><c>/etcdserverpb.Auth/RoleRevokePermission</c></summary>
    public static ClientMethod<AuthRoleRevokePermissionRequest, AuthRoleRevokePermissionResponse> RoleRevokePermission { get; } = ClientMethod.Of<AuthRoleRevokePermissionRequest, AuthRoleRevokePermissionResponse>("/etcdserverpb.Auth/RoleRevokePermission");
}
