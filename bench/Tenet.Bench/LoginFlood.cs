using System.Diagnostics;
using Tenet.Bench.Http2;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Bench;

/// <summary>Wrong logins at an even pace over one connection, whether they are answered or not.</summary>
/// <param name="perSecond">How many.</param>
/// <param name="users">Whose names they give, in turn.</param>
internal sealed class LoginFlood(int perSecond, IReadOnlyList<string> users) : Http2Connection("/etcdserverpb.Auth/Authenticate", TimeSpan.FromMilliseconds(2))
{
    /// <summary>Logins without an answer beyond which no more are sent: what keeps the flood's own memory in bounds.</summary>
    private const int UnansweredMax = 5_000;

    private readonly byte[][] _requests =
        [.. users.Select(user => Requests.Frame(new AuthenticateRequest { Name = user, Password = "a wrong password" }))];

    private readonly long _began = Stopwatch.GetTimestamp();
    private volatile bool _stop;
    private long _due;
    private long _sent;
    private long _answered;

    /// <summary>Logins that were sent.</summary>
    public long Sent => Volatile.Read(ref _sent);

    /// <summary>Logins that were answered.</summary>
    public long Answered => Volatile.Read(ref _answered);

    protected override bool IsDone => _stop;

    /// <summary>Sends until it is stopped.</summary>
    public async Task RunAsync()
    {
        try
        {
            await LoopAsync();
        }
        catch (IOException) when (_stop)
        {
            // Whoever stops it closes the connection, answers or no answers.
        }
        catch (Exception failure) when (_stop && failure is System.Net.Sockets.SocketException or ObjectDisposedException)
        {
            // The same, while it waits for an answer.
        }
    }

    /// <summary>No more logins; those under way are given up.</summary>
    public void Stop()
    {
        _stop = true;
        Dispose();
    }

    protected override void OnData(int stream, ReadOnlySpan<byte> data)
    {
    }

    protected override void OnEnd(int stream) => Volatile.Write(ref _answered, _answered + 1);

    protected override void OnBatch()
    {
        long until = (long)(Stopwatch.GetElapsedTime(_began).TotalSeconds * perSecond);
        for (; _due < until; _due++)
        {
            byte[] request = _requests[_due % _requests.Length];
            if (_sent - _answered >= UnansweredMax || SendWindow < request.Length)
                continue;
            AppendData(AppendHeaders(), request, end: true);
            Volatile.Write(ref _sent, _sent + 1);
        }
    }
}
