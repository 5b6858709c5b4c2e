namespace Tenet.State.Backends;

/// <summary>The top-level buckets of a db file (contract/storage.md, 5.1). All ten exist after the first start.</summary>
public enum Bucket
{
    /// <summary><c>alarm</c>.</summary>
    Alarm,

    /// <summary><c>auth</c>.</summary>
    Auth,

    /// <summary><c>authRoles</c>.</summary>
    AuthRoles,

    /// <summary><c>authUsers</c>.</summary>
    AuthUsers,

    /// <summary><c>cluster</c>.</summary>
    Cluster,

    /// <summary><c>key</c>: one record for each revision; written in ascending order and never overwritten.</summary>
    Key,

    /// <summary><c>lease</c>.</summary>
    Lease,

    /// <summary><c>members</c>.</summary>
    Members,

    /// <summary><c>members_removed</c>.</summary>
    MembersRemoved,

    /// <summary><c>meta</c>.</summary>
    Meta,
}
