using Tenet.Raft;

namespace Tenet.Peer.Sending;

/// <summary>
/// The way to a member that is not in the configuration applied here: one of the two is behind. It is sent messages one by one and
/// nothing is expected of it (contract/consensus.md, 4.10).
/// </summary>
internal sealed class RemoteLink(PeerContext context, ulong memberId, IReadOnlyList<string> urls) : IAsyncDisposable
{
    private readonly Pipeline _pipeline = new(context, memberId, new PeerUrls(urls), new PeerActivity(context, memberId));

    public ulong MemberId => memberId;

    /// <summary>Queues a message, or drops it.</summary>
    public void Send(Message message)
    {
        if (!_pipeline.TrySend(message))
            context.Metrics.SentFailures.With(HexId.Text(memberId)).Increment();
    }

    public ValueTask DisposeAsync() => _pipeline.DisposeAsync();
}
