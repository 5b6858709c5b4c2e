using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Tenet.Client.Calls;

namespace Tenet.Client;

/// <summary>The oldest key below a name: what a lock and a leadership are made of. Watched, so that its deletion by somebody else is noticed.</summary>
internal sealed class HeldKey : IAsyncDisposable
{
    private readonly KeptLease _lease;
    private readonly TenetClient _client;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _lost;
    private readonly CancellationTokenSource _guardStop = new();
    private readonly Task _guard;
    private int _disposed;

    /// <param name="key">The key.</param>
    /// <param name="createRevision">The revision at which it came into being.</param>
    /// <param name="asOf">The revision as of which it was the oldest.</param>
    /// <param name="lease">Its lease.</param>
    /// <param name="client">The client.</param>
    /// <param name="log">Told of a loss.</param>
    public HeldKey(ByteString key, long createRevision, long asOf, KeptLease lease, TenetClient client, ILogger log)
    {
        (Key, CreateRevision, _lease, _client, _log) = (key, createRevision, lease, client, log);
        _lost = CancellationTokenSource.CreateLinkedTokenSource(lease.Lost);
        Lost = _lost.Token;
        _guard = GuardAsync(asOf + 1);
    }

    public ByteString Key { get; }

    public long CreateRevision { get; }

    public long LeaseId => _lease.Id;

    public CancellationToken Lost { get; }

    public bool IsHeld => _lease.IsHeld && !Lost.IsCancellationRequested;

    public Condition Condition => Condition.CreateRevision(KeyRange.Single(Key.Memory), Comparison.Equal, CreateRevision);

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        await _guardStop.CancelAsync().ConfigureAwait(false);
        await _guard.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        // Fires Lost, then revokes the lease, and the key goes with it.
        await _lease.DisposeAsync().ConfigureAwait(false);
        _lost.Dispose();
        _guardStop.Dispose();
    }

    private async Task GuardAsync(long from)
    {
        try
        {
            long? next = from;
            while (next is { } revision)
                next = await WatchAsync(revision).ConfigureAwait(false);
            Lose("somebody deleted its key");
        }
        catch (CallException failure)
        {
            // The lease still tells of a loss.
            _log.LogWarning("{Key} is not watched any more: {Reason}", Key.ToStringUtf8(), failure.Message);
        }
    }

    /// <summary>Returns null when the key is deleted, or the revision at which another watch must begin because this one's history was compacted.</summary>
    private async Task<long?> WatchAsync(long from)
    {
        KeyRange key = KeyRange.Single(Key.Memory);
        IAsyncEnumerator<WatchEvent> deletions = _client.Watch
            .EventsAsync(key, new WatchOptions { StartRevision = from, WithoutPuts = true }, _guardStop.Token).GetAsyncEnumerator(_guardStop.Token);
        try
        {
            await deletions.MoveNextAsync().ConfigureAwait(false);
            return null;
        }
        catch (CompactedException)
        {
            RangeResult now = await _client.Kv.RangeAsync(key, null, _guardStop.Token).ConfigureAwait(false);
            return now.Items is [var own, ..] && own.CreateRevision == CreateRevision ? now.Revision + 1 : null;
        }
        finally
        {
            await deletions.DisposeAsync().ConfigureAwait(false);
        }
    }

    private void Lose(string reason)
    {
        _log.LogWarning("{Key} is lost: {Reason}", Key.ToStringUtf8(), reason);
        _ = _lost.CancelAsync();
    }
}
