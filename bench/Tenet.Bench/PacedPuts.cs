using System.Diagnostics;
using Tenet.Bench.Cluster;

namespace Tenet.Bench;

/// <summary>Puts that come at an even pace, from a thread of their own.</summary>
internal sealed class PacedPuts : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private readonly MemberCalls[] _connections;
    private readonly int _perSecond;
    private readonly int _keys;
    private readonly string _value = new('v', Requests.ValueBytes);
    private readonly Lock _lock = new();
    private readonly Thread _thread;
    private readonly HashSet<long> _waiting = [];
    private List<TimeSpan>? _taken;
    private long _inFlight;
    private volatile bool _stop;
    private long _failed;

    public PacedPuts(int port, int perSecond, int keys, string token = "")
    {
        _connections = [new MemberCalls(port, token), new MemberCalls(port, token), new MemberCalls(port, token), new MemberCalls(port, token)];
        _perSecond = perSecond;
        _keys = keys;
        _thread = new Thread(Run) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>Puts that were refused: a server that stands still for long lets them time out. Their time counts as that of the others.</summary>
    public long Failed => Volatile.Read(ref _failed);

    /// <summary>
    /// How long the puts took that were due while this work went on, shortest first. Those that have no answer when the limit is over are counted as if they had one now.
    /// </summary>
    public async Task<TimeSpan[]> DuringAsync(Func<Task> work, TimeSpan? limit = null)
    {
        List<TimeSpan> taken = [];
        lock (_lock)
            _taken = taken;
        await work();
        lock (_lock)
            _taken = null;
        long ended = Stopwatch.GetTimestamp();
        while (Volatile.Read(ref _inFlight) > _perSecond / 10 && !(Stopwatch.GetElapsedTime(ended) > limit))
            await Task.Delay(10);
        lock (_lock)
            return [.. taken.Concat(_waiting.Where(dueAt => dueAt < ended).Select(dueAt => Stopwatch.GetElapsedTime(dueAt))).Order()];
    }

    /// <summary>No more puts; waits for those under way.</summary>
    public async Task StopAsync()
    {
        _stop = true;
        _thread.Join();
        while (Volatile.Read(ref _inFlight) > 0)
            await Task.Delay(10);
    }

    public void Dispose()
    {
        _stop = true;
        foreach (MemberCalls connection in _connections)
            connection.Dispose();
    }

    private void Run()
    {
        Random random = new(7);
        long began = Stopwatch.GetTimestamp();
        for (long sent = 0; !_stop;)
        {
            long due = (long)(Stopwatch.GetElapsedTime(began).TotalSeconds * _perSecond);
            for (; sent < due; sent++)
            {
                Interlocked.Increment(ref _inFlight);
                _ = PutAsync(_connections[sent % _connections.Length], Requests.Key(random.Next(_keys)), began + sent * Stopwatch.Frequency / _perSecond);
            }

            Thread.Sleep(1);
        }
    }

    private async Task PutAsync(MemberCalls connection, string key, long dueAt)
    {
        List<TimeSpan>? taken;
        lock (_lock)
        {
            taken = _taken;
            if (taken is not null)
                _waiting.Add(dueAt);
        }

        bool done = await connection.TryPutAsync(key, Patience, _value);
        if (!done)
            Interlocked.Increment(ref _failed);
        TimeSpan took = Stopwatch.GetElapsedTime(dueAt);
        if (taken is not null)
        {
            lock (_lock)
            {
                taken.Add(took);
                _waiting.Remove(dueAt);
            }
        }

        Interlocked.Decrement(ref _inFlight);
    }
}
