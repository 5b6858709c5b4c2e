using Tenet.Protocol.Etcdserverpb;

namespace Tenet.State.Mvcc;

/// <summary>One key-value against one compare.</summary>
internal static class CompareWith
{
    public static bool Holds(Compare compare, in KeyValueFields fields)
    {
        int order = compare.Target switch
        {
            Compare.Types.CompareTarget.Version => fields.Version.CompareTo(compare.Version),
            Compare.Types.CompareTarget.Create => fields.CreateRevision.CompareTo(compare.CreateRevision),
            Compare.Types.CompareTarget.Mod => fields.ModRevision.CompareTo(compare.ModRevision),
            Compare.Types.CompareTarget.Lease => fields.Lease.CompareTo(compare.Lease),

            // A member of the union that is not set reads as zero or empty.
            Compare.Types.CompareTarget.Value => fields.Value.SequenceCompareTo(compare.Value.Span),
            _ => 0,
        };
        return compare.Result switch
        {
            Compare.Types.CompareResult.Equal => order == 0,
            Compare.Types.CompareResult.NotEqual => order != 0,
            Compare.Types.CompareResult.Greater => order > 0,
            Compare.Types.CompareResult.Less => order < 0,
            _ => true,
        };
    }
}
