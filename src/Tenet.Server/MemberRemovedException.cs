namespace Tenet.Server;

/// <summary>The member is in its cluster no more: it stops, and does not start again from this data directory.</summary>
public sealed class MemberRemovedException : Exception
{
    /// <summary>etcd's line.</summary>
    public const string Line = "the member has been permanently removed from the cluster";

    /// <summary>With etcd's line.</summary>
    public MemberRemovedException()
        : base(Line)
    {
    }
}
