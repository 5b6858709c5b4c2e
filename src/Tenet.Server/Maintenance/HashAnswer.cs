using Tenet.Server.Peers;
using Tenet.State.Members;

namespace Tenet.Server.Maintenance;

/// <summary>What another member said of its history.</summary>
/// <param name="Member">Who.</param>
/// <param name="Hash">The answer; null if there was none.</param>
/// <param name="Failure">Why there was none.</param>
internal sealed record HashAnswer(ClusterMember Member, PeerHash? Hash, Exception? Failure);
