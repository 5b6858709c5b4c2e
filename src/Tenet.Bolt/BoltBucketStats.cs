namespace Tenet.Bolt;

/// <summary>What a bucket and the buckets inside it occupy.</summary>
public sealed record BoltBucketStats
{
    /// <summary>Number of keys, those that name nested buckets included.</summary>
    public long Keys { get; init; }

    /// <summary>Levels of the deepest tree; an inline bucket has 1.</summary>
    public int Depth { get; init; }

    /// <summary>Branch pages, continuation pages not counted.</summary>
    public long BranchPages { get; init; }

    /// <summary>Leaf pages, continuation pages not counted.</summary>
    public long LeafPages { get; init; }

    /// <summary>Continuation pages of both kinds.</summary>
    public long OverflowPages { get; init; }

    /// <summary>Continuation pages of branches.</summary>
    public long BranchOverflowPages { get; init; }

    /// <summary>Bytes used within branch pages, headers included.</summary>
    public long BranchBytesInUse { get; init; }

    /// <summary>Bytes used within the pages of inline buckets, which lie in the leaves of their parents.</summary>
    public long InlineBytesInUse { get; init; }

    /// <summary>Bytes used within the pages counted here, headers included.</summary>
    public long BytesInUse { get; init; }

    /// <summary>Nested buckets at all depths.</summary>
    public long Buckets { get; init; }

    /// <summary>Nested buckets stored within their parent's page.</summary>
    public long InlineBuckets { get; init; }
}
