using System.Runtime.CompilerServices;
using Tenet.Client.Calls;
using Tenet.Client.Calls.Methods;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Ctl.Leases;

/// <summary>Renews a lease at a third of its time, over streams that are opened again when they break.</summary>
internal static class KeepAliveStream
{
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(500);

    /// <summary>How long an answer is waited for before the lease's time is known.</summary>
    private static readonly TimeSpan FirstPatience = TimeSpan.FromSeconds(5);

    /// <summary>One renewal.</summary>
    /// <exception cref="CallException">It failed.</exception>
    public static async Task<LeaseKeepAliveResponse?> OnceAsync(ICallInvoker calls, long lease, CancellationToken cancellation)
    {
        await using IDuplexCall<LeaseKeepAliveRequest, LeaseKeepAliveResponse> call = calls.Duplex(LeaseMethods.LeaseKeepAlive, CallOptions.None, cancellation);
        await call.WriteAsync(new() { ID = lease }, cancellation);
        return await call.ReadAsync(cancellation);
    }

    /// <summary>Every renewal, until the lease is gone, its time has passed without an answer, or the server refuses.</summary>
    public static async IAsyncEnumerable<LeaseKeepAliveResponse> FollowAsync(ICallInvoker calls, long lease, [EnumeratorCancellation] CancellationToken cancellation)
    {
        long expiresAt = Environment.TickCount64 + (long)FirstPatience.TotalMilliseconds;
        while (true)
        {
            LeaseKeepAliveResponse? response = null;
            using (CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation))
            {
                patience.CancelAfter(TimeSpan.FromMilliseconds(Math.Max(1, expiresAt - Environment.TickCount64)));
                try
                {
                    response = await OnceAsync(calls, lease, patience.Token);
                }
                catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
                {
                    yield break;
                }
                catch (CallException exception) when (exception.Code is StatusCode.Unavailable or StatusCode.Internal or StatusCode.Unknown)
                {
                    // Another attempt follows below, as long as the lease may still be alive.
                }
                catch (CallException)
                {
                    yield break;
                }
            }
            if (response is { TTL: <= 0 } || Environment.TickCount64 >= expiresAt)
                yield break;
            if (response is null)
            {
                await Task.Delay(PauseAfterFailure, cancellation);
                continue;
            }
            yield return response;
            expiresAt = Environment.TickCount64 + (response.TTL * 1000);
            await Task.Delay(TimeSpan.FromSeconds(response.TTL / 3.0), cancellation);
        }
    }
}
