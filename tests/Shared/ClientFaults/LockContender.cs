using System.Diagnostics;
using Tenet.Client;
using Tenet.Client.Calls;
using Tenet.Foundation.Randomness;

namespace Tenet.Tests.ClientFaults;

/// <summary>Takes a lock again and again, works on what it protects, and gives it back. The way from this client to the members can be blocked.</summary>
internal sealed class LockContender : IAsyncDisposable
{
    public static readonly LockOptions Options = new() { TimeToLive = TimeSpan.FromSeconds(2) };

    private readonly int _number;
    private readonly GuardedResource _resource;
    private readonly SeededRandom _random;
    private readonly TenetClient _client;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _contending;

    public LockContender(int number, IFaultyCluster cluster, GuardedResource resource, SeededRandom random)
    {
        (_number, _resource, _random) = (number, resource, random);
        _client = cluster.CreateClient(options =>
        {
            options.Connect = Link.Over(options.Connect);
            options.CallTimeout = TimeSpan.FromSeconds(2);
        });
        _contending = Task.Run(ContendAsync);
    }

    public BlockableLink Link { get; } = new();

    /// <summary>Asks it to keep the lock, once it has it, until it is lost.</summary>
    public bool HoldsOn { get; set; }

    /// <summary>Whether it has the lock and keeps it until it is lost.</summary>
    public bool IsHoldingOn { get; private set; }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _contending;
        await _client.DisposeAsync();
        _stop.Dispose();
    }

    private async Task ContendAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await using HeldLock held = await _client.Locks.AcquireAsync("guarded", Options, _stop.Token);
                await UseAsync(held);
            }
            catch (Exception failure) when (failure is CallException or OwnershipLostException or OperationCanceledException)
            {
                // In line again, from the end.
                await Task.Delay(10);
            }
        }
    }

    private async Task UseAsync(HeldLock held)
    {
        TimeSpan wanted = TimeSpan.FromMilliseconds(100 + _random.Next(700));
        long since = Stopwatch.GetTimestamp();
        while ((IsHoldingOn || Stopwatch.GetElapsedTime(since) < wanted) && !_stop.IsCancellationRequested)
        {
            // Works on without looking at the token: it is the resource that must not be fooled.
            if (!_resource.TryUse(held, _number) || held.Lost.IsCancellationRequested)
            {
                _resource.NoteLoss();
                IsHoldingOn = false;
                return;
            }
            IsHoldingOn |= HoldsOn;
            await Task.Delay(5);
        }
    }
}
