using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Abstractions;
using Microsoft.AspNetCore.Http.Features;
using Tenet.Foundation.Logging;
using Tenet.Rpc.Http;

namespace Tenet.Rpc.Calls;

/// <summary>
/// What Kestrel runs for each request: no routing, no middleware. HTTP/2 is gRPC, HTTP/1.x is the pages of the listener; behind TLS, HTTP/2 is both.
/// </summary>
internal sealed class RpcApplication(CallServices services) : IHttpApplication<GrpcCall>
{
    public GrpcCall CreateContext(IFeatureCollection contextFeatures)
    {
        GrpcCall call = contextFeatures is IHostContextContainer<GrpcCall> container
            ? container.HostContext ??= new GrpcCall(contextFeatures, services)
            : new GrpcCall(contextFeatures, services);
        call.Conduct?.CallBegins();
        return call;
    }

    public Task ProcessRequestAsync(GrpcCall context) => context.IsCall ? context.RunAsync() : AnswerPageAsync(context);

    public void DisposeContext(GrpcCall context, Exception? exception)
    {
        context.Conduct?.CallEnded();
        context.Reset();
    }

    private async Task AnswerPageAsync(GrpcCall context)
    {
        try
        {
            await context.Features.GetRequiredFeature<PageTable>().AnswerAsync(context.Features);
        }
        catch (OperationCanceledException)
        {
            // The caller has gone away; nobody waits for the page.
        }
        catch (Exception failure) when (failure is not IOException)
        {
            services.Log.Error("a page failed", new LogField("path", context.Method), new LogField("error", failure));
            IHttpResponseFeature response = context.Features.GetRequiredFeature<IHttpResponseFeature>();
            if (!response.HasStarted)
                response.StatusCode = 500;
        }
    }
}
