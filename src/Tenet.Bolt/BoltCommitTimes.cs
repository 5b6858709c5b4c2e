namespace Tenet.Bolt;

/// <summary>How long the parts of a commit took.</summary>
/// <param name="Rebalance">Merging nodes that lost entries.</param>
/// <param name="Spill">Dividing nodes and placing them on pages, the list of free pages included.</param>
/// <param name="Write">Writing pages and meta page, with their syncs.</param>
public readonly record struct BoltCommitTimes(TimeSpan Rebalance, TimeSpan Spill, TimeSpan Write);
