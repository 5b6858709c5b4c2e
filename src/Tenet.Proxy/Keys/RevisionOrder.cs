using Google.Protobuf;
using Tenet.Client.Calls.Methods;
using Tenet.Foundation.Logging;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Proxy.Calls;

namespace Tenet.Proxy.Keys;

/// <summary>
/// Keeps reads through this proxy from going back in time: an answer that is older than one that was given before is asked for again, of another
/// server as the client takes them in turn.
/// </summary>
/// <param name="endpoints">How many servers there are.</param>
internal sealed class RevisionOrder(int endpoints)
{
    private volatile int _endpoints = endpoints;

    /// <summary>How often every server is asked before it is given up that one of them is new enough.</summary>
    private const int Rounds = 5;

    private long _seen;

    /// <summary>There are that many servers now.</summary>
    public void Expect(int endpoints) => _endpoints = endpoints;

    /// <summary>Learns what the servers agree on, so that a proxy which is started again does not go back either. Does not give up.</summary>
    public async Task RecoverAsync(Upstream upstream, ILog log, CancellationToken cancellation)
    {
        log.Info("waiting for linearized read from cluster to recover ordering");
        while (true)
        {
            try
            {
                RangeResponse response = await upstream.CallAsync(KvMethods.Range, new RangeRequest { Key = ByteString.CopyFromUtf8("_"), KeysOnly = true }, default, cancellation);
                Saw(response.Header?.Revision ?? 0);
                return;
            }
            catch (RefusalException refusal)
            {
                log.Warn("ordering recovery failed, retrying in 1s", new LogField("error", refusal.Message));
            }
            await Task.Delay(TimeSpan.FromSeconds(1), cancellation);
        }
    }

    /// <summary>Told of a revision in any answer.</summary>
    public void Saw(long revision)
    {
        long seen = Volatile.Read(ref _seen);
        while (revision > seen)
        {
            long before = Interlocked.CompareExchange(ref _seen, revision, seen);
            if (before == seen)
                return;
            seen = before;
        }
    }

    /// <summary>Asks until the answer is not older than what was seen when it was first asked for.</summary>
    /// <exception cref="RefusalException">No server is new enough.</exception>
    public async ValueTask<TResponse> InOrderAsync<TResponse>(Func<ValueTask<TResponse>> ask, Func<TResponse, long> revisionOf)
    {
        long least = Volatile.Read(ref _seen);
        for (int attempt = 0; attempt <= Rounds * _endpoints; attempt++)
        {
            TResponse response = await ask();
            if (revisionOf(response) < least)
                continue;
            Saw(revisionOf(response));
            return response;
        }
        throw new EtcdError(StatusCode.Unknown, "etcdclient: no cluster members have a revision higher than the previously received revision").ToException();
    }
}
