using Tenet.Foundation.Logging;
using Tenet.Protocol.Errors;

namespace Tenet.Server.Peers;

/// <summary>Questions to other members where any of several URLs will do: asked one after another, each for a bounded time.</summary>
internal sealed class PeerQuestions(MemberSeams seams)
{
    /// <summary>Asks at one URL after another until there is an answer.</summary>
    /// <param name="urls">Where to ask, in this order.</param>
    /// <param name="patience">How long each may take.</param>
    /// <param name="ask">The question.</param>
    /// <param name="failed">What the log is told of each that gives no answer; null for nothing.</param>
    /// <param name="cancellation">Ends all of it.</param>
    /// <returns>The first answer, or null with the last failure. A refusal is no answer.</returns>
    public async Task<(T? Answer, Exception? Failure)> FirstAsync<T>(
        IEnumerable<string> urls,
        TimeSpan patience,
        Func<IPeerClient, string, CancellationToken, Task<T>> ask,
        string? failed,
        CancellationToken cancellation)
        where T : class
    {
        Exception? last = null;
        foreach (string url in urls)
        {
            try
            {
                return (await AskAsync(url, patience, ask, cancellation), null);
            }
            catch (Exception failure) when (failure is PeerRequestException or RefusalException)
            {
                last = failure;
                if (failed is not null)
                    seams.Log.Warn(failed, new LogField("address", url), new LogField("error", failure.Message));
            }
        }

        return (null, last);
    }

    /// <summary>Asks at one URL.</summary>
    /// <exception cref="PeerRequestException">There is no answer, or not in time.</exception>
    /// <exception cref="RefusalException">The member there refuses.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public async Task<T> AskAsync<T>(
        string url, TimeSpan patience, Func<IPeerClient, string, CancellationToken, Task<T>> ask, CancellationToken cancellation)
    {
        using var time = new CancellationTokenSource(patience, seams.Clock);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(time.Token, cancellation);
        try
        {
            return await ask(seams.Peers.Client, url, any.Token);
        }
        catch (OperationCanceledException failure) when (!cancellation.IsCancellationRequested)
        {
            throw new PeerRequestException($"{url}: context deadline exceeded", failure);
        }
    }
}
