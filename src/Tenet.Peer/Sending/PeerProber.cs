using System.Net;
using System.Text.Json;
using Tenet.Foundation.Logging;
using Tenet.Foundation.Metrics;

namespace Tenet.Peer.Sending;

/// <summary>Asks a peer for a sign of life every few seconds, and measures how long that takes and how its clock goes (contract/consensus.md, 4.7).</summary>
internal sealed class PeerProber : IAsyncDisposable
{
    private const int AnswerBytesMax = 4 * 1024;

    private static readonly TimeSpan ReportInterval = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ReportIntervalUnhealthy = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ClockDifferenceMax = TimeSpan.FromSeconds(1);

    private readonly PeerContext _context;
    private readonly PeerLink _link;
    private readonly Histogram _roundTrips;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _running;
    private TimeSpan _smoothed;
    private TimeSpan _clockDifference;
    private long _reportAt;

    public PeerProber(PeerContext context, PeerLink link)
    {
        _context = context;
        _link = link;
        _roundTrips = context.Metrics.RoundTripTime.With(link.HexId);
        _reportAt = context.Clock.GetTimestamp() + context.Ticks(ReportIntervalUnhealthy);
        _running = Task.Run(RunAsync);
    }

    /// <summary>Probes no more.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        TimeSpan interval = _context.Options.ReadTimeout - TimeSpan.FromSeconds(1);
        try
        {
            while (true)
            {
                string? problem = await ProbeAsync(interval);
                Report(problem);
                await Task.Delay(interval, _context.Clock, _stopping.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }

    /// <summary>Null if the peer is well; otherwise what is wrong.</summary>
    private async Task<string?> ProbeAsync(TimeSpan patience)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        end.CancelAfter(patience);
        string url = _link.Urls.Pick();
        try
        {
            long startedAt = _context.Clock.GetTimestamp();
            using HttpRequestMessage request = new(HttpMethod.Get, url + "/raft/probing");
            using HttpResponseMessage response = await _context.Requests.SendAsync(request, end.Token);
            if (response.StatusCode != HttpStatusCode.OK)
                return $"unexpected http status {(int)response.StatusCode}";
            byte[] body = await PeerAnswer.BytesAsync(response, AnswerBytesMax, end.Token);
            TimeSpan elapsed = _context.Clock.GetElapsedTime(startedAt);
            using JsonDocument answer = JsonDocument.Parse(body);
            if (!answer.RootElement.GetProperty("OK").GetBoolean())
                return "the peer says that it is not well";
            Measure(elapsed, answer.RootElement.GetProperty("Now").GetDateTimeOffset());
            return null;
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return failure.Message;
        }
        catch (OperationCanceledException) when (!_stopping.IsCancellationRequested)
        {
            return "i/o timeout";
        }
    }

    private void Measure(TimeSpan roundTrip, DateTimeOffset now)
    {
        _roundTrips.Observe(roundTrip.TotalSeconds);
        _smoothed = _smoothed == TimeSpan.Zero ? roundTrip : _smoothed * 0.875 + roundTrip * 0.125;
        _clockDifference = _context.Clock.GetUtcNow() - now - _smoothed / 2;
    }

    private void Report(string? problem)
    {
        long now = _context.Clock.GetTimestamp();
        if (now < _reportAt)
            return;
        _reportAt = now + _context.Ticks(problem is null ? ReportInterval : ReportIntervalUnhealthy);
        if (problem is not null)
        {
            _context.Log.Warn(
                "prober detected unhealthy status", new("remote-peer-id", _link.HexId), new("rtt", _smoothed), new("error", problem));
        }
        if (_clockDifference.Duration() > ClockDifferenceMax)
        {
            _context.Log.Warn(
                "prober found high clock drift", new("remote-peer-id", _link.HexId), new("clock-drift", _clockDifference), new("rtt", _smoothed));
        }
    }
}
