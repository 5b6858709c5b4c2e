using Tenet.State.Members;

namespace Tenet.Server.Bootstrap;

/// <summary>How a member without a log begins.</summary>
/// <param name="MemberId">Who it is.</param>
/// <param name="ClusterId">In which cluster.</param>
/// <param name="Founders">By ascending id, the order in which their entries must be on every member: whoever founds the cluster. Empty for one that joins.</param>
/// <param name="Remotes">For one that joins: whom it may answer before it has applied the membership.</param>
internal sealed record ClusterStart(
    ulong MemberId, ulong ClusterId, IReadOnlyList<ClusterMember> Founders, IReadOnlyList<ClusterMember> Remotes);
