using System.Diagnostics;

namespace Tenet.Bench.Http2;

/// <summary>Writes the next request as a gRPC frame into the buffer and answers with its length; 0 when there are no more.</summary>
internal delegate int NextRequest(Span<byte> buffer);

/// <summary>Keeps a number of unary calls of one method in flight.</summary>
internal sealed class UnaryConnection(string path, int depth, NextRequest next, bool measureLatency) : Http2Connection(path)
{
    private readonly byte[] _request = new byte[64 * 1024];
    private readonly Dictionary<int, long> _started = [];
    private readonly HashSet<int> _answered = [];
    private int _inFlight;
    private bool _exhausted;
    private long _completed;

    /// <summary>Calls that have ended; readable from any thread.</summary>
    public long Completed => Volatile.Read(ref _completed);

    /// <summary>Calls that ended without a message, which means with an error.</summary>
    public long Failed { get; private set; }

    /// <summary>How long each call took, in order, if that was asked for.</summary>
    public List<TimeSpan> Latencies { get; } = [];

    protected override bool IsDone => _exhausted && _inFlight == 0;

    public async Task RunAsync()
    {
        OnBatch();
        await LoopAsync();
    }

    protected override void OnData(int stream, ReadOnlySpan<byte> data)
    {
        if (data.Length > 0)
            _answered.Add(stream);
    }

    protected override void OnEnd(int stream)
    {
        if (!_answered.Remove(stream))
            Failed++;
        if (measureLatency && _started.Remove(stream, out long started))
            Latencies.Add(Stopwatch.GetElapsedTime(started));
        _inFlight--;
        Volatile.Write(ref _completed, _completed + 1);
    }

    protected override void OnBatch()
    {
        while (!_exhausted && _inFlight < depth && SendWindow >= _request.Length / 2)
        {
            int length = next(_request);
            if (length == 0)
            {
                _exhausted = true;
                return;
            }
            int stream = AppendHeaders();
            AppendData(stream, _request.AsSpan(0, length), end: true);
            if (measureLatency)
                _started[stream] = Stopwatch.GetTimestamp();
            _inFlight++;
        }
    }
}
