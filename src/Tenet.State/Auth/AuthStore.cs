using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Tenet.Protocol.Authpb;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.State.Auth.Passwords;
using Tenet.State.Backends;

namespace Tenet.State.Auth;

/// <summary>
/// The users and roles of the cluster and whether they are asked for (contract/api.md, 2.7, state rules), kept in the buckets <c>auth</c>, <c>authUsers</c> and
/// <c>authRoles</c>. Changed by the apply thread, read by any. Every change that is carried out raises the auth revision by one, except switching on, as in etcd.
/// </summary>
public sealed class AuthStore
{
    /// <summary>The cost of a password that has to be hashed while an entry is applied.</summary>
    private const int CostOfOldEntries = 10;

    private readonly Backend _backend;
    private volatile AuthView _current;

    /// <summary>Reads what is stored, and gives a new backend the auth revision that every member starts with.</summary>
    public AuthStore(Backend backend)
    {
        _backend = backend;
        _current = AuthRecords.Read(backend);
        if (_current.Revision == 0)
            Publish(_current, Change.Next(_current));
    }

    /// <summary>Who is told of logins and of users whose tokens end; set once, before the first entry.</summary>
    public ISimpleTokens? Tokens { get; set; }

    /// <summary>Users, roles and permissions as of the last applied entry.</summary>
    public AuthView Current => _current;

    /// <summary>Asks for users from now on; apply thread.</summary>
    public EtcdError? Enable()
    {
        AuthView view = _current;
        if (view.Enabled)
            return null;
        if (view.FindUser(AuthView.Root) is not { } root)
            return EtcdErrors.RootUserDoesNotExist;
        if (!root.Roles.Contains(AuthView.Root))
            return EtcdErrors.RootUserDoesNotHaveRootRole;
        AuthRecords.PutEnabled(_backend, true);
        _current = Change.Of(view, enabled: true);
        return null;
    }

    /// <summary>Lets everybody in from now on, and forgets all logins; apply thread.</summary>
    public void Disable()
    {
        AuthView view = _current;
        if (!view.Enabled)
            return;
        AuthRecords.PutEnabled(_backend, false);
        Publish(view, Change.Next(view, enabled: false));
        Tokens?.Clear();
    }

    /// <summary>Takes note of a login whose password was checked before it was proposed; apply thread.</summary>
    /// <returns>The token; empty if tokens of another kind are in use.</returns>
    public EtcdError? LogIn(InternalAuthenticateRequest request, ulong index, out string token)
    {
        token = "";
        AuthView view = _current;
        if (!view.Enabled)
            return EtcdErrors.AuthNotEnabled;
        if (view.FindUser(request.Name) is not { } user || user.Options is { NoPassword: true })
            return EtcdErrors.AuthFailed;
        if (request.SimpleToken.Length == 0)
            return null;
        // The index is that of the entry before, because members of etcd write down their progress after an entry: a token must be the same everywhere.
        token = string.Create(null, $"{request.SimpleToken}.{index - 1}");
        Tokens?.Assign(token, request.Name);
        return null;
    }

    /// <summary>Adds a user; apply thread.</summary>
    public EtcdError? Add(AuthUserAddRequest request, ulong index)
    {
        AuthView view = _current;
        if (request.Name.Length == 0)
            return EtcdErrors.UserNameIsEmpty;
        if (view.FindUser(request.Name) is not null)
            return EtcdErrors.UserNameAlreadyExists;
        UserAddOptions options = request.Options?.Clone() ?? new UserAddOptions();
        ByteString? password = ByteString.Empty;
        if (!options.NoPassword && (password = PasswordOf(request.Name, request.Password, request.HashedPassword, index)) is null)
            return EtcdErrors.NoPasswordUser;
        Put(view, new User { Name = ByteString.CopyFromUtf8(request.Name), Password = password, Options = options });
        return null;
    }

    /// <summary>Deletes a user; apply thread.</summary>
    public EtcdError? Delete(AuthUserDeleteRequest request)
    {
        AuthView view = _current;
        if (view.Enabled && request.Name == AuthView.Root)
            return EtcdErrors.InvalidAuthManagement;
        if (view.FindUser(request.Name) is null)
            return EtcdErrors.UserNameNotFound;
        AuthRecords.DeleteUser(_backend, request.Name);
        Publish(view, Change.Next(view, users: view.Users.Remove(request.Name)));
        Tokens?.Invalidate(request.Name);
        return null;
    }

    /// <summary>Gives a user another password; apply thread.</summary>
    public EtcdError? ChangePassword(AuthUserChangePasswordRequest request, ulong index)
    {
        AuthView view = _current;
        if (view.FindUser(request.Name) is not { } user)
            return EtcdErrors.UserNameNotFound;
        ByteString? password = ByteString.Empty;
        if (user.Options is not { NoPassword: true } && (password = PasswordOf(request.Name, request.Password, request.HashedPassword, index)) is null)
            return EtcdErrors.NoPasswordUser;
        User changed = user.Clone();
        changed.Password = password;
        Put(view, changed);
        Tokens?.Invalidate(request.Name);
        return null;
    }

    /// <summary>Gives a user a role; apply thread.</summary>
    public EtcdError? Grant(AuthUserGrantRoleRequest request)
    {
        AuthView view = _current;
        if (view.FindUser(request.User) is not { } user)
            return EtcdErrors.UserNameNotFound;
        if (request.Role != AuthView.Root && view.FindRole(request.Role) is null)
            return EtcdErrors.RoleNameNotFound;
        if (user.Roles.Contains(request.Role))
            return null;
        User changed = user.Clone();
        changed.Roles.Clear();
        changed.Roles.Add(user.Roles.Append(request.Role).Order(Utf8Order.Instance));
        Put(view, changed);
        return null;
    }

    /// <summary>Takes a role from a user; apply thread.</summary>
    public EtcdError? Revoke(AuthUserRevokeRoleRequest request)
    {
        AuthView view = _current;
        if (view.Enabled && request.Name == AuthView.Root && request.Role == AuthView.Root)
            return EtcdErrors.InvalidAuthManagement;
        if (view.FindUser(request.Name) is not { } user)
            return EtcdErrors.UserNameNotFound;
        if (!user.Roles.Contains(request.Role))
            return EtcdErrors.RoleIsNotGrantedToTheUser;
        Put(view, Without(user, request.Role));
        return null;
    }

    /// <summary>Adds a role; apply thread.</summary>
    public EtcdError? Add(AuthRoleAddRequest request)
    {
        AuthView view = _current;
        if (request.Name.Length == 0)
            return EtcdErrors.RoleNameIsEmpty;
        if (view.FindRole(request.Name) is not null)
            return EtcdErrors.RoleNameAlreadyExists;
        Put(view, new Role { Name = ByteString.CopyFromUtf8(request.Name) });
        return null;
    }

    /// <summary>Deletes a role and takes it from everybody; apply thread.</summary>
    public EtcdError? Delete(AuthRoleDeleteRequest request)
    {
        AuthView view = _current;
        if (view.Enabled && request.Role == AuthView.Root)
            return EtcdErrors.InvalidAuthManagement;
        if (view.FindRole(request.Role) is null)
            return EtcdErrors.RoleNameNotFound;
        AuthRecords.DeleteRole(_backend, request.Role);
        var users = view.Users.ToBuilder();
        foreach ((string name, User user) in view.Users)
        {
            if (!user.Roles.Contains(request.Role))
                continue;
            users[name] = Without(user, request.Role);
            AuthRecords.Put(_backend, users[name]);
        }

        Publish(view, Change.Next(view, users: users.ToImmutable(), roles: view.Roles.Remove(request.Role)));
        return null;
    }

    /// <summary>Gives a role a permission, or changes the kind of the one it has for the same range; apply thread.</summary>
    public EtcdError? Grant(AuthRoleGrantPermissionRequest request)
    {
        AuthView view = _current;
        if (request.Perm is not { } permission)
            return EtcdErrors.PermissionNotGiven;
        if (!IsValidRange(permission.Key.Span, permission.RangeEnd.Span))
            return EtcdErrors.InvalidAuthManagement;
        if (view.FindRole(request.Name) is not { } role)
            return EtcdErrors.RoleNameNotFound;
        Role changed = role.Clone();
        int index = FirstFrom(changed, permission.Key.Span);

        // Only the first of several permissions that begin at one key is looked at, as every member of etcd does: the state must be the same everywhere.
        if (index < changed.KeyPermission.Count && changed.KeyPermission[index] is { } first && first.Key == permission.Key && first.RangeEnd == permission.RangeEnd)
        {
            first.PermType = permission.PermType;
        }
        else
        {
            while (index < changed.KeyPermission.Count && changed.KeyPermission[index].Key == permission.Key)
                index++;
            changed.KeyPermission.Insert(index, new Permission { PermType = permission.PermType, Key = permission.Key, RangeEnd = permission.RangeEnd });
        }

        Put(view, changed);
        return null;
    }

    /// <summary>Takes a permission from a role; apply thread.</summary>
    public EtcdError? Revoke(AuthRoleRevokePermissionRequest request)
    {
        AuthView view = _current;
        if (view.FindRole(request.Role) is not { } role)
            return EtcdErrors.RoleNameNotFound;
        var changed = new Role { Name = role.Name };
        foreach (Permission permission in role.KeyPermission)
        {
            if (permission.Key != request.Key || permission.RangeEnd != request.RangeEnd)
                changed.KeyPermission.Add(permission.Clone());
        }

        if (changed.KeyPermission.Count == role.KeyPermission.Count)
            return EtcdErrors.PermissionIsNotGrantedToTheRole;
        Put(view, changed);
        return null;
    }

    /// <summary>
    /// Takes over what a leader's snapshot holds; apply thread. Who has another password by it, or is gone, has to log in again: whatever said so lies before the snapshot.
    /// </summary>
    internal void Replace(AuthView received)
    {
        AuthView before = _current;
        _current = received;
        if (!received.Enabled)
            Tokens?.Clear();
        foreach ((string name, User user) in before.Users)
        {
            if (received.FindUser(name)?.Password != user.Password)
                Tokens?.Invalidate(name);
        }
    }

    /// <summary>What another backend holds.</summary>
    internal static AuthView Read(Backend backend) => AuthRecords.Read(backend);

    /// <summary>
    /// The password to be stored; null if it is not Base64. Requests carry hashes: what comes as a password was logged by a member before 3.5, and no two members of etcd
    /// have the same hash of it. The members of Tenet have, because the salt comes from the entry.
    /// </summary>
    private static ByteString? PasswordOf(string name, string password, string hashed, ulong index)
    {
        if (password.Length > 0 && hashed.Length == 0)
        {
            byte[] source = [.. new byte[sizeof(ulong)], .. Encoding.UTF8.GetBytes(name)];
            BinaryPrimitives.WriteUInt64BigEndian(source, index);
            ReadOnlySpan<byte> salt = SHA256.HashData(source).AsSpan(0, Bcrypt.SaltLength);
            return ByteString.CopyFromUtf8(Bcrypt.Hash(Encoding.UTF8.GetBytes(password), CostOfOldEntries, salt));
        }

        // Blanks, which .NET passes over, are an error to the members of etcd.
        byte[] bytes = new byte[hashed.Length];
        return !hashed.AsSpan().ContainsAny(' ', '\t') && Convert.TryFromBase64String(hashed, bytes, out int length) ? ByteString.CopyFrom(bytes.AsSpan(0, length)) : null;
    }

    private static bool IsValidRange(ReadOnlySpan<byte> key, ReadOnlySpan<byte> rangeEnd) =>
        key.Length > 0 && (rangeEnd is [] or [0] || key.SequenceCompareTo(rangeEnd) < 0);

    private static int FirstFrom(Role role, ReadOnlySpan<byte> key)
    {
        int low = 0;
        int high = role.KeyPermission.Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (role.KeyPermission[middle].Key.Span.SequenceCompareTo(key) < 0)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    private static User Without(User user, string role)
    {
        User changed = user.Clone();
        while (changed.Roles.Remove(role))
        {
            // A role is listed once; whoever wrote it twice means the same.
        }

        return changed;
    }

    private void Put(AuthView view, User user)
    {
        AuthRecords.Put(_backend, user);
        Publish(view, Change.Next(view, users: view.Users.SetItem(user.Name.ToStringUtf8(), user)));
    }

    private void Put(AuthView view, Role role)
    {
        AuthRecords.Put(_backend, role);
        Publish(view, Change.Next(view, roles: view.Roles.SetItem(role.Name.ToStringUtf8(), role)));
    }

    private void Publish(AuthView before, AuthView after)
    {
        if (after.Revision != before.Revision)
            AuthRecords.PutRevision(_backend, after.Revision);
        _current = after;
    }

    /// <summary>Makes one view from another.</summary>
    private static class Change
    {
        public static AuthView Of(AuthView view, bool enabled) =>
            new() { Enabled = enabled, Revision = view.Revision, Users = view.Users, Roles = view.Roles };

        public static AuthView Next(
            AuthView view,
            bool? enabled = null,
            System.Collections.Immutable.ImmutableSortedDictionary<string, User>? users = null,
            System.Collections.Immutable.ImmutableSortedDictionary<string, Role>? roles = null) => new()
            {
                Enabled = enabled ?? view.Enabled,
                Revision = view.Revision + 1,
                Users = users ?? view.Users,
                Roles = roles ?? view.Roles,
            };
    }
}
