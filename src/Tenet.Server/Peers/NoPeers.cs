using Tenet.Raft;
using Tenet.State.Members;

namespace Tenet.Server.Peers;

/// <summary>Nobody: every message is dropped, every question fails.</summary>
public sealed class NoPeers : IPeerTransport
{
    /// <summary>The one instance; it holds no state.</summary>
    public static NoPeers Instance { get; } = new();

    private NoPeers()
    {
    }

    /// <inheritdoc/>
    public IPeerClient Client => NoPeerClient.Instance;

    /// <inheritdoc/>
    public void Start(IPeerService local)
    {
        // Nobody will ask.
    }

    /// <inheritdoc/>
    public void Update(ClusterView members)
    {
        // Nobody is reached, whoever they are.
    }

    /// <inheritdoc/>
    public void AddRemotes(IReadOnlyList<ClusterMember> members)
    {
        // Nobody is reached, whoever they are.
    }

    /// <inheritdoc/>
    public void Send(IReadOnlyList<Message> messages)
    {
        // Raft repeats what matters.
    }

    /// <inheritdoc/>
    public void Send(OutgoingSnapshot snapshot) => snapshot.Dispose();

    /// <inheritdoc/>
    public long? ConnectedSince(ulong memberId) => null;

    /// <inheritdoc/>
    public void Stop()
    {
        // Nothing runs.
    }
}
