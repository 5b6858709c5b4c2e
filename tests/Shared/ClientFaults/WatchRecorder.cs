using Tenet.Client;

namespace Tenet.Tests.ClientFaults;

/// <summary>One watch of a client, open all the time, and everything that it was told.</summary>
internal sealed class WatchRecorder : IAsyncDisposable
{
    private readonly TenetClient _client;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<string> _seen = [];
    private readonly Lock _lock = new();
    private readonly Task _following;

    public WatchRecorder(IFaultyCluster cluster)
    {
        _client = cluster.CreateClient(_ => { });
        _following = Task.Run(FollowAsync);
    }

    /// <summary>The revision up to which the watch has come.</summary>
    public long Revision { get; private set; }

    public bool HasEnded => _following.IsCompleted;

    /// <summary>Ends the watch; what it was told, in order.</summary>
    public async Task<IReadOnlyList<string>> StopAsync()
    {
        await _stop.CancelAsync();
        await _following.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Assert.True(_following.IsCanceled || _following.IsCompletedSuccessfully, $"the watch failed: {_following.Exception}");
        lock (_lock)
            return [.. _seen];
    }

    /// <summary>One change as a line.</summary>
    public static string Line(long revision, string key, bool deleted, string value) => $"{revision} {(deleted ? "delete" : "put")} {key} {value}";

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _following.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _client.DisposeAsync();
        _stop.Dispose();
    }

    private async Task FollowAsync()
    {
        await foreach (WatchBatch batch in _client.Watch.BatchesAsync(KeyRange.Prefix(ClientLoad.Prefix), new WatchOptions { StartRevision = 1 }, _stop.Token))
        {
            lock (_lock)
            {
                foreach (WatchEvent change in batch.Events)
                    _seen.Add(Line(change.Item.ModRevision, change.Item.KeyText, change.Kind == WatchEventKind.Delete, change.Item.ValueText));
                Revision = batch.Revision;
            }
        }
    }
}
