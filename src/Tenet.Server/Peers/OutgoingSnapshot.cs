using Tenet.Raft;
using Tenet.State.Backends;

namespace Tenet.Server.Peers;

/// <summary>A snapshot on its way to a follower: the message, and the backend's file as of exactly its index, read piece by piece.</summary>
/// <param name="message">The message; its snapshot's data is the membership as a v2 store document (contract/consensus.md, 8.2.4).</param>
/// <param name="image">The file.</param>
public sealed class OutgoingSnapshot(InstallSnapshot message, BackendImage image) : IDisposable
{
    /// <summary>The message.</summary>
    public InstallSnapshot Message => message;

    /// <summary>The backend's file.</summary>
    public BackendImage Image => image;

    /// <inheritdoc/>
    public void Dispose() => image.Dispose();
}
