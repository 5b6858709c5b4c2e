using System.Collections.Concurrent;

namespace Tenet.Interop.Tests.Clusters;

/// <summary>What happens to bytes that one member sends to another: nothing, a delay, or no passage.</summary>
internal sealed class PeerLinks
{
    private readonly ConcurrentDictionary<(string From, string To), TimeSpan> _delays = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Nothing that one sends reaches the other until <see cref="Heal"/>. Connections stay open, as when packets are lost on the way.</summary>
    public void Block(string from, string to) => Set(from, to, Timeout.InfiniteTimeSpan);

    /// <summary>No passage in either direction between the one and each of the others.</summary>
    public void Isolate(string name, IEnumerable<string> others)
    {
        foreach (string other in others)
        {
            Block(name, other);
            Block(other, name);
        }
    }

    public void Delay(string from, string to, TimeSpan delay) => Set(from, to, delay);

    public void Heal()
    {
        _delays.Clear();
        Signal();
    }

    /// <summary>Returns when bytes on this way may go on.</summary>
    public async Task PassAsync(string from, string to, CancellationToken cancel)
    {
        while (true)
        {
            Task changed = Volatile.Read(ref _changed).Task;
            if (!_delays.TryGetValue((from, to), out TimeSpan delay))
                return;
            if (delay != Timeout.InfiniteTimeSpan)
            {
                await Task.Delay(delay, cancel);
                return;
            }
            await changed.WaitAsync(cancel);
        }
    }

    private void Set(string from, string to, TimeSpan delay)
    {
        _delays[(from, to)] = delay;
        Signal();
    }

    private void Signal() => Interlocked.Exchange(ref _changed, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
}
