using Tenet.State.Members;

namespace Tenet.Server.Peers;

/// <summary>What a member says of its cluster.</summary>
/// <param name="ClusterId">The cluster.</param>
/// <param name="Members">Its members.</param>
public sealed record PeerMembership(ulong ClusterId, IReadOnlyList<ClusterMember> Members);
