using Tenet.Raft;

namespace Tenet.Server;

/// <summary>The way to the other members. A member that is alone has nobody behind it (<see cref="NoPeers"/>).</summary>
public interface IPeerTransport
{
    /// <summary>
    /// Sends messages in this order. Never waits and never fails: what cannot be sent now is dropped, as Raft tolerates, and reported
    /// to the member as unreachable.
    /// </summary>
    void Send(IReadOnlyList<Message> messages);

    /// <summary>Since when a member has been connected, as a timestamp of the member's clock; null if it is not.</summary>
    long? ConnectedSince(ulong memberId);
}
