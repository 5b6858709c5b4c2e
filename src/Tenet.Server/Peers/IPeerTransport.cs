using Tenet.Raft;
using Tenet.State.Members;

namespace Tenet.Server.Peers;

/// <summary>The way to the other members. A member that is alone has nobody behind it (<see cref="NoPeers"/>). Every method may be called from any thread and returns at once.</summary>
public interface IPeerTransport
{
    /// <summary>Questions to members, by URL; also before the member itself exists.</summary>
    IPeerClient Client { get; }

    /// <summary>The member behind this end. Called once, before anything is sent; messages may be handed to it from then on.</summary>
    void Start(IPeerService local);

    /// <summary>
    /// Who is in the cluster now, this member included: after recovery, after each applied configuration change, after a snapshot.
    /// Connections to members that are gone end, new ones begin, changed URLs are used from now on.
    /// </summary>
    void Update(ClusterView members);

    /// <summary>
    /// Members of a cluster that is being joined, before this member has applied its configuration: they can be sent messages, nothing else
    /// (contract/consensus.md, 4.10).
    /// </summary>
    void AddRemotes(IReadOnlyList<ClusterMember> members);

    /// <summary>
    /// Sends messages in this order. Never waits and never fails: what cannot be sent now is dropped, as Raft tolerates, and reported
    /// to the member as unreachable. Snapshots do not go this way.
    /// </summary>
    void Send(IReadOnlyList<Message> messages);

    /// <summary>Sends a snapshot in the background and reports to the member how that ended. The transport disposes of it, whatever happens.</summary>
    void Send(OutgoingSnapshot snapshot);

    /// <summary>Since when a member has been connected, as a timestamp of the member's clock; null if it is not.</summary>
    long? ConnectedSince(ulong memberId);

    /// <summary>Ends every connection. Nothing is reported any more.</summary>
    void Stop();
}
