using System.Threading.Channels;
using Tenet.Client.Calls.Methods;
using Tenet.Protocol.Calls;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Proxy.Calls;
using Tenet.Proxy.Keys;

namespace Tenet.Proxy.Leases;

/// <summary>The calls of the Lease service that are not simply passed on.</summary>
internal sealed class LeaseProxy(Upstream upstream, KeyPrefix prefix, LeaseRenewals renewals, RangeCache? cache)
{
    /// <summary>How many renewals of one stream may be under way at once.</summary>
    private const int RenewalsMax = 64;

    public IReadOnlyList<Method> Rows =>
    [
        MethodRows.Unary(LeaseMethods.LeaseRevoke, RevokeAsync),
        MethodRows.Unary(LeaseMethods.LeaseTimeToLive, TimeToLiveAsync),
        MethodRows.Duplex(LeaseMethods.LeaseKeepAlive, KeepAliveAsync),
    ];

    private async ValueTask<LeaseRevokeResponse> RevokeAsync(LeaseRevokeRequest request, CallContext context)
    {
        try
        {
            return await upstream.CallAsync(LeaseMethods.LeaseRevoke, request, Caller.Of(context), context.Cancellation);
        }
        finally
        {
            renewals.Forget(request.ID);
            // Its keys are gone, and only the server knows which.
            cache?.Clear();
        }
    }

    private async ValueTask<LeaseTimeToLiveResponse> TimeToLiveAsync(LeaseTimeToLiveRequest request, CallContext context)
    {
        LeaseTimeToLiveResponse response = await upstream.CallAsync(LeaseMethods.LeaseTimeToLive, request, Caller.Of(context), context.Cancellation);
        prefix.Strip(response);
        return response;
    }

    /// <summary>One answer for each request, in their order; a client that renews many leases does not wait for one after the other.</summary>
    private async Task KeepAliveAsync(IRequestReader<LeaseKeepAliveRequest> requests, IResponseWriter<LeaseKeepAliveResponse> output, CallContext context)
    {
        Caller caller = Caller.Of(context);
        using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(context.Cancellation);
        CancellationToken cancellation = over.Token;
        Channel<Task<LeaseKeepAliveResponse>> under = Channel.CreateBounded<Task<LeaseKeepAliveResponse>>(new BoundedChannelOptions(RenewalsMax) { SingleReader = true, SingleWriter = true });
        Task reading = ReadAsync();
        try
        {
            await foreach (Task<LeaseKeepAliveResponse> renewal in under.Reader.ReadAllAsync(cancellation))
                await output.WriteAsync(await renewal, cancellation);
        }
        finally
        {
            // Nothing may be read after the call is over.
            await over.CancelAsync();
            await reading;
        }

        async Task ReadAsync()
        {
            Exception? failure = null;
            try
            {
                while (await requests.ReadAsync(cancellation) is { } request)
                    await under.Writer.WriteAsync(renewals.RenewAsync(request.ID, caller).WaitAsync(cancellation), cancellation);
            }
            catch (Exception problem)
            {
                failure = problem;
            }
            under.Writer.Complete(failure);
        }
    }
}
