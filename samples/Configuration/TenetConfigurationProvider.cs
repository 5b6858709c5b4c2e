using Microsoft.Extensions.Configuration;
using Tenet.Client;

namespace Tenet.Samples.Configuration;

/// <summary>
/// Settings that follow a prefix. They are read once, and from that revision on watched: no change is missed in between, nor while the cluster
/// changes its leader. What one transaction changes is seen together.
/// </summary>
public sealed class TenetConfigurationProvider(TenetClient client, string prefix) : ConfigurationProvider, IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stopping = new();
    private readonly KeyRange _range = KeyRange.Prefix(prefix);
    private Task? _following;

    /// <summary>Reads the settings. Configuration is read before anything runs, so this waits.</summary>
    public override void Load()
    {
        if (_following is not null)
            return;
        long revision = Task.Run(() => ReadAsync(_stopping.Token)).GetAwaiter().GetResult();
        _following = FollowAsync(revision, _stopping.Token);
    }

    /// <summary>Follows no more. The last settings stay.</summary>
    public void Dispose()
    {
        _stopping.Cancel();
        _stopping.Dispose();
    }

    private async Task<long> ReadAsync(CancellationToken stop)
    {
        RangeResult read = await client.Kv.RangeAsync(_range, cancellation: stop);
        Dictionary<string, string?> settings = new(StringComparer.OrdinalIgnoreCase);
        foreach (KeyValue item in read.Items)
            settings[NameOf(item)] = item.ValueText;
        Data = settings;
        return read.Revision;
    }

    private async Task FollowAsync(long? revision, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                if (revision is null)
                {
                    revision = await ReadAsync(stop);
                    OnReload();
                }
                await foreach (WatchBatch batch in client.Watch.BatchesAsync(_range, new WatchOptions { StartRevision = revision.Value + 1 }, stop))
                {
                    Apply(batch);
                    revision = batch.Revision;
                }
            }
            catch (CompactedException)
            {
                // What happened in between is not told any more, but what there is now can be read.
                revision = null;
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception)
            {
                // Such as a right that was taken away. The last settings stay, and another attempt follows.
                await Task.Delay(Pause, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Readers see the settings before or after a batch, never in the middle of it.</summary>
    private void Apply(WatchBatch batch)
    {
        if (batch.Events.Count == 0)
            return;
        Dictionary<string, string?> settings = new(Data, StringComparer.OrdinalIgnoreCase);
        foreach (WatchEvent change in batch.Events)
        {
            if (change.Kind == WatchEventKind.Delete)
                settings.Remove(NameOf(change.Item));
            else
                settings[NameOf(change.Item)] = change.Item.ValueText;
        }
        Data = settings;
        OnReload();
    }

    private string NameOf(KeyValue item) => item.KeyText[prefix.Length..].Trim('/').Replace("/", ConfigurationPath.KeyDelimiter, StringComparison.Ordinal);
}
