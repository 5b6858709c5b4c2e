using Tenet.Bolt;

namespace Tenet.Utl.BoltCommands;

/// <summary>Adds up what buckets occupy and prints it as bbolt does.</summary>
internal sealed class BucketTotals(int pageSize)
{
    private long _buckets;
    private BoltBucketStats _sum = new();
    private long _leafBytes;
    private long _leafOverflow;

    public void Add(BoltBucketStats stats)
    {
        // A bucket without a page of its own lies in its parent's.
        bool isInline = stats.LeafPages + stats.BranchPages == 0;
        _buckets++;
        _leafBytes += stats.BytesInUse - stats.BranchBytesInUse;
        _leafOverflow += stats.OverflowPages - stats.BranchOverflowPages;
        _sum = new BoltBucketStats
        {
            BranchPages = _sum.BranchPages + stats.BranchPages,
            BranchOverflowPages = _sum.BranchOverflowPages + stats.BranchOverflowPages,
            BranchBytesInUse = _sum.BranchBytesInUse + stats.BranchBytesInUse,
            LeafPages = _sum.LeafPages + stats.LeafPages,
            InlineBytesInUse = _sum.InlineBytesInUse + stats.InlineBytesInUse,
            Keys = _sum.Keys + stats.Keys,
            Depth = Math.Max(_sum.Depth, stats.Depth),
            Buckets = _sum.Buckets + stats.Buckets + 1,
            InlineBuckets = _sum.InlineBuckets + stats.InlineBuckets + (isInline ? 1 : 0),
        };
    }

    public void WriteTo(TextWriter output)
    {
        long branchBytes = (_sum.BranchPages + _sum.BranchOverflowPages) * pageSize;
        long leafBytes = (_sum.LeafPages + _leafOverflow) * pageSize;
        output.WriteLine($"Aggregate statistics for {_buckets} buckets\n");
        output.WriteLine("Page count statistics");
        output.WriteLine($"\tNumber of logical branch pages: {_sum.BranchPages}");
        output.WriteLine($"\tNumber of physical branch overflow pages: {_sum.BranchOverflowPages}");
        output.WriteLine($"\tNumber of logical leaf pages: {_sum.LeafPages}");
        output.WriteLine($"\tNumber of physical leaf overflow pages: {_leafOverflow}");
        output.WriteLine("Tree statistics");
        output.WriteLine($"\tNumber of keys/value pairs: {_sum.Keys}");
        output.WriteLine($"\tNumber of levels in B+tree: {_sum.Depth}");
        output.WriteLine("Page size utilization");
        output.WriteLine($"\tBytes allocated for physical branch pages: {branchBytes}");
        output.WriteLine($"\tBytes actually used for branch data: {_sum.BranchBytesInUse} ({Percent(_sum.BranchBytesInUse, branchBytes)}%)");
        output.WriteLine($"\tBytes allocated for physical leaf pages: {leafBytes}");
        output.WriteLine($"\tBytes actually used for leaf data: {_leafBytes} ({Percent(_leafBytes, leafBytes)}%)");
        output.WriteLine("Bucket statistics");
        output.WriteLine($"\tTotal number of buckets: {_sum.Buckets}");
        output.WriteLine($"\tTotal number on inlined buckets: {_sum.InlineBuckets} ({Percent(_sum.InlineBuckets, _sum.Buckets)}%)");
        output.WriteLine($"\tBytes used for inlined buckets: {_sum.InlineBytesInUse} ({Percent(_sum.InlineBytesInUse, _leafBytes)}%)");
    }

    private static int Percent(long part, long whole) => whole == 0 ? 0 : (int)((float)part * 100 / whole);
}
