using Tenet.Raft.Tracking;

namespace Tenet.Raft.Membership;

/// <summary>How much may be under way to one member.</summary>
internal readonly record struct InflightLimits(int MessagesMax, ulong BytesMax)
{
    /// <summary>An empty window of that size.</summary>
    public Inflights NewWindow() => new(MessagesMax, BytesMax);
}
