using System.Collections.Immutable;
using Tenet.Protocol.Authpb;
using Tenet.Protocol.Errors;

namespace Tenet.State.Auth;

/// <summary>
/// Users, roles and what they permit at one auth revision. Immutable, so that a check on any thread sees one state of it without a lock. What a user's roles add up to is
/// worked out when somebody first asks.
/// </summary>
public sealed class AuthView
{
    /// <summary>The name of the user, and of the role, that may do everything.</summary>
    public const string Root = "root";

    internal static readonly ImmutableSortedDictionary<string, User> NoUsers = ImmutableSortedDictionary.Create<string, User>(Utf8Order.Instance);
    internal static readonly ImmutableSortedDictionary<string, Role> NoRoles = ImmutableSortedDictionary.Create<string, Role>(Utf8Order.Instance);

    private readonly System.Collections.Concurrent.ConcurrentDictionary<string, UserPermissions> _permissions = new(StringComparer.Ordinal);

    /// <summary>Whether callers have to say who they are.</summary>
    public bool Enabled { get; internal init; }

    /// <summary>Counts the changes; 1 in a new cluster.</summary>
    public ulong Revision { get; internal init; }

    internal ImmutableSortedDictionary<string, User> Users { get; init; } = NoUsers;

    internal ImmutableSortedDictionary<string, Role> Roles { get; init; } = NoRoles;

    /// <summary>The names of all users, in order.</summary>
    public IEnumerable<string> UserNames => Users.Keys;

    /// <summary>The names of all roles that have a record, in order.</summary>
    public IEnumerable<string> RoleNames => Roles.Keys;

    /// <summary>The stored user; null if there is none. Not to be changed.</summary>
    public User? FindUser(string? name) => name is not null && Users.TryGetValue(name, out User? user) ? user : null;

    /// <summary>The stored role; null if there is none, which may be so for <see cref="Root"/> though users have it. Not to be changed.</summary>
    public Role? FindRole(string name) => Roles.GetValueOrDefault(name);

    /// <summary>Whether a user has a role.</summary>
    public bool HasRole(string? user, string role) => FindUser(user) is { } found && found.Roles.Contains(role);

    /// <summary>Whether somebody may do what is for root alone; null if so. As in etcd, at whatever revision that was proven.</summary>
    public EtcdError? CheckRoot(AuthIdentity who)
    {
        if (!Enabled)
            return null;
        if (string.IsNullOrEmpty(who.User))
            return EtcdErrors.UserNameIsEmpty;
        if (FindUser(who.User) is not { } user)
            return EtcdErrors.UserNameNotFound;
        return user.Roles.Contains(Root) ? null : EtcdErrors.PermissionDenied;
    }

    /// <summary>Whether somebody may read a range of keys; null if so.</summary>
    public EtcdError? CheckRead(AuthIdentity who, ReadOnlySpan<byte> key, ReadOnlySpan<byte> rangeEnd) => Check(who, key, rangeEnd, write: false);

    /// <summary>Whether somebody may write a range of keys; null if so.</summary>
    public EtcdError? CheckWrite(AuthIdentity who, ReadOnlySpan<byte> key, ReadOnlySpan<byte> rangeEnd) => Check(who, key, rangeEnd, write: true);

    private EtcdError? Check(AuthIdentity who, ReadOnlySpan<byte> key, ReadOnlySpan<byte> rangeEnd, bool write)
    {
        if (!Enabled)
            return null;
        if (who.Revision == 0)
            return EtcdErrors.UserNameIsEmpty;
        if (who.Revision < Revision)
            return EtcdErrors.AuthOldRevision;
        if (FindUser(who.User) is not { } user)
            return EtcdErrors.PermissionDenied;
        if (user.Roles.Contains(Root))
            return null;
        UserPermissions permissions = PermissionsOf(who.User!, user);
        return (write ? permissions.Writable : permissions.Readable).Covers(key, rangeEnd) ? null : EtcdErrors.PermissionDenied;
    }

    private UserPermissions PermissionsOf(string name, User user) =>
        _permissions.TryGetValue(name, out UserPermissions? known) ? known : _permissions.GetOrAdd(name, UserPermissions.Of(user, FindRole));
}
