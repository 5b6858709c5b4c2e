using System.Runtime.CompilerServices;
using Google.Protobuf;

namespace Tenet.Client;

/// <summary>Elections across processes and machines, in one queue with those of <c>etcdctl elect</c>, of etcd's Election service, and of Go's <c>concurrency.Election</c>.</summary>
public sealed class Elections
{
    private static readonly RangeOptions Oldest = new() { Sort = SortBy.CreateRevision, Limit = 1 };

    private readonly KeyQueue _queue;
    private readonly TenetClient _client;

    internal Elections(KeyQueue queue, TenetClient client) => (_queue, _client) = (queue, client);

    /// <summary>Waits until this candidate leads. Giving up withdraws the candidature.</summary>
    /// <param name="name">The election.</param>
    /// <param name="value">What is announced to those who observe it, such as the leader's address.</param>
    /// <param name="options">How the office is held.</param>
    /// <param name="cancellation">Withdraws.</param>
    /// <exception cref="OwnershipLostException">The place in the queue was lost.</exception>
    public Task<Leadership> CampaignAsync(string name, string value, LockOptions? options = null, CancellationToken cancellation = default) =>
        CampaignAsync(name, Bytes.Of(value), options, cancellation);

    /// <inheritdoc cref="CampaignAsync(string, string, LockOptions?, CancellationToken)"/>
    public Task<Leadership> CampaignAsync(string name, ReadOnlyMemory<byte> value, LockOptions? options = null, CancellationToken cancellation = default) =>
        CampaignAsync(name, Bytes.Of(value), options, cancellation);

    /// <summary>The leader's key and value; null if nobody leads.</summary>
    public async Task<KeyValue?> LeaderAsync(string name, CancellationToken cancellation = default) =>
        await _client.Kv.RangeAsync(KeyRange.Prefix(name + "/"), Oldest, cancellation).ConfigureAwait(false) is { Items: [var leader, ..] } ? leader : null;

    /// <summary>The leader there is, then each change: another leader, or another value of the same. Goes on until it is given up.</summary>
    public async IAsyncEnumerable<KeyValue> ObserveAsync(string name, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        KeyRange candidates = KeyRange.Prefix(name + "/");
        KeyValue? told = null;
        while (true)
        {
            RangeResult now = await _client.Kv.RangeAsync(candidates, Oldest, cancellation).ConfigureAwait(false);
            KeyValue? leader = now.Items.Count > 0 ? now.Items[0] : null;
            if (leader is not null && !(leader.ModRevision == told?.ModRevision && leader.Key.Span.SequenceEqual(told.Key.Span)))
            {
                told = leader;
                yield return leader;
            }
            IAsyncEnumerator<WatchEvent> changes = _client.Watch
                .EventsAsync(candidates, new WatchOptions { StartRevision = now.Revision + 1 }, cancellation).GetAsyncEnumerator(cancellation);
            try
            {
                while (await NextAsync(changes).ConfigureAwait(false) is { } change)
                {
                    bool isLeader = leader is not null && change.Item.Key.Span.SequenceEqual(leader.Key.Span);
                    if (leader is null || (isLeader && change.Kind == WatchEventKind.Delete))
                        break;
                    if (isLeader)
                    {
                        told = change.Item;
                        yield return change.Item;
                    }
                }
            }
            finally
            {
                await changes.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>The next change; null if the watch must begin anew behind a compaction.</summary>
    private static async ValueTask<WatchEvent?> NextAsync(IAsyncEnumerator<WatchEvent> changes)
    {
        try
        {
            return await changes.MoveNextAsync().ConfigureAwait(false) ? changes.Current : null;
        }
        catch (CompactedException)
        {
            return null;
        }
    }

    private async Task<Leadership> CampaignAsync(string name, ByteString value, LockOptions? options, CancellationToken cancellation) =>
        new((await _queue.EnterAsync(name, value, options ?? LockOptions.Default, wait: true, cancellation).ConfigureAwait(false))!, _client);
}
