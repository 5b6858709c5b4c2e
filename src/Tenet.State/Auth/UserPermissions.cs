using Tenet.Protocol.Authpb;

namespace Tenet.State.Auth;

/// <summary>What all roles of a user together permit (contract/api.md, 2.7, effective permission). Immutable.</summary>
/// <param name="Readable">The keys that may be read.</param>
/// <param name="Writable">The keys that may be written.</param>
internal sealed record UserPermissions(KeySet Readable, KeySet Writable)
{
    public static UserPermissions Of(User user, Func<string, Role?> findRole)
    {
        var read = new List<Permission>();
        var write = new List<Permission>();
        foreach (string name in user.Roles)
        {
            if (findRole(name) is not { } role)
                continue;
            foreach (Permission permission in role.KeyPermission)
            {
                // A kind that nobody knows is stored and permits nothing.
                if (permission.PermType is Permission.Types.Type.Read or Permission.Types.Type.Readwrite)
                    read.Add(permission);
                if (permission.PermType is Permission.Types.Type.Write or Permission.Types.Type.Readwrite)
                    write.Add(permission);
            }
        }

        return new UserPermissions(KeySet.Of(read), KeySet.Of(write));
    }
}
