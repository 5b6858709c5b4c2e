using Tenet.Raft;

namespace Tenet.Server;

/// <summary>Nobody: every message is dropped.</summary>
public sealed class NoPeers : IPeerTransport
{
    /// <summary>The one instance; it holds no state.</summary>
    public static NoPeers Instance { get; } = new();

    private NoPeers()
    {
    }

    /// <inheritdoc/>
    public void Send(IReadOnlyList<Message> messages)
    {
        // Raft repeats what matters.
    }

    /// <inheritdoc/>
    public long? ConnectedSince(ulong memberId) => null;
}
