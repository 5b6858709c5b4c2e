using System.Globalization;
using Tenet.Client;
using Tenet.Client.Calls;

namespace Tenet.Tests.ClientFaults;

/// <summary>Writes without end: single keys, two keys in one transaction, deletions. What becomes of a write that was not answered it does not ask.</summary>
internal sealed class ClientLoad : IAsyncDisposable
{
    public const string Prefix = "load/";

    private readonly TenetClient _client;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _writing;
    private long _answered;
    private long _failed;

    public ClientLoad(IFaultyCluster cluster)
    {
        _client = cluster.CreateClient(options => options.CallTimeout = TimeSpan.FromSeconds(1));
        _writing = Task.Run(WriteAsync);
    }

    public long Answered => Volatile.Read(ref _answered);

    public long Failed => Volatile.Read(ref _failed);

    /// <summary>The revision of the last write that was answered.</summary>
    public long LastRevision { get; private set; }

    /// <summary>Waits until so many more writes have been answered.</summary>
    public Task GoesOnAsync(int count)
    {
        long wanted = Answered + count;
        return Until.TrueAsync($"{count} more writes are answered", () => Answered >= wanted);
    }

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _writing;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _client.DisposeAsync();
        _stop.Dispose();
    }

    private async Task WriteAsync()
    {
        for (int i = 0; !_stop.IsCancellationRequested; i++)
        {
            string value = i.ToString(CultureInfo.InvariantCulture);
            string key = $"{Prefix}{i % 20}";
            try
            {
                LastRevision = (i % 10) switch
                {
                    3 => (await _client.Kv.Txn().Then(Operation.Put(key, value), Operation.Put(Prefix + "pair", value)).CommitAsync()).Revision,
                    7 => await _client.Kv.DeleteAsync(KeyRange.Single(key)) is { Deleted: > 0 } deleted ? deleted.Revision : LastRevision,
                    _ => (await _client.Kv.PutAsync(key, value)).Revision,
                };
                Interlocked.Increment(ref _answered);
            }
            catch (CallException)
            {
                Interlocked.Increment(ref _failed);
            }
            await Task.Delay(2);
        }
    }
}
