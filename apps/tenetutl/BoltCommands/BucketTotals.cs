using Tenet.Bolt;
using Tenet.CommandLine;

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

    public void WriteTo(OutputWriter output)
    {
        long branchBytes = (_sum.BranchPages + _sum.BranchOverflowPages) * pageSize;
        long leafBytes = (_sum.LeafPages + _leafOverflow) * pageSize;
        output.Line($"Aggregate statistics for {_buckets} buckets\n");
        output.Line("Page count statistics");
        output.Line($"\tNumber of logical branch pages: {_sum.BranchPages}");
        output.Line($"\tNumber of physical branch overflow pages: {_sum.BranchOverflowPages}");
        output.Line($"\tNumber of logical leaf pages: {_sum.LeafPages}");
        output.Line($"\tNumber of physical leaf overflow pages: {_leafOverflow}");
        output.Line("Tree statistics");
        output.Line($"\tNumber of keys/value pairs: {_sum.Keys}");
        output.Line($"\tNumber of levels in B+tree: {_sum.Depth}");
        output.Line("Page size utilization");
        output.Line($"\tBytes allocated for physical branch pages: {branchBytes}");
        output.Line($"\tBytes actually used for branch data: {_sum.BranchBytesInUse} ({Percent(_sum.BranchBytesInUse, branchBytes)}%)");
        output.Line($"\tBytes allocated for physical leaf pages: {leafBytes}");
        output.Line($"\tBytes actually used for leaf data: {_leafBytes} ({Percent(_leafBytes, leafBytes)}%)");
        output.Line("Bucket statistics");
        output.Line($"\tTotal number of buckets: {_sum.Buckets}");
        output.Line($"\tTotal number on inlined buckets: {_sum.InlineBuckets} ({Percent(_sum.InlineBuckets, _sum.Buckets)}%)");
        output.Line($"\tBytes used for inlined buckets: {_sum.InlineBytesInUse} ({Percent(_sum.InlineBytesInUse, _leafBytes)}%)");
    }

    private static int Percent(long part, long whole) => whole == 0 ? 0 : (int)((float)part * 100 / whole);
}
