namespace Tenet.State.Backends;

/// <summary>The buckets' names in the file.</summary>
internal static class BucketNames
{
    /// <summary>How many buckets there are.</summary>
    public const int Count = 10;

    private static readonly byte[][] Names =
    [
        "alarm"u8.ToArray(), "auth"u8.ToArray(), "authRoles"u8.ToArray(), "authUsers"u8.ToArray(), "cluster"u8.ToArray(), "key"u8.ToArray(),
        "lease"u8.ToArray(), "members"u8.ToArray(), "members_removed"u8.ToArray(), "meta"u8.ToArray(),
    ];

    public static ReadOnlySpan<byte> Of(Bucket bucket) => Names[(int)bucket];

    /// <summary>The bucket of a name; null for one that etcd does not know.</summary>
    public static Bucket? Find(ReadOnlySpan<byte> name)
    {
        for (int i = 0; i < Count; i++)
        {
            if (name.SequenceEqual(Names[i]))
                return (Bucket)i;
        }

        return null;
    }
}
