using System.Text.Encodings.Web;
using System.Text.Json;
using Google.Protobuf;
using Tenet.Client.Calls;
using Tenet.Client.Calls.Methods;
using Tenet.Foundation.Logging;
using Tenet.Foundation.Metrics;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Proxy.Calls;
using Tenet.Rpc.Http;

namespace Tenet.Proxy.Pages;

/// <summary>The proxy's pages: a server's metrics and whether servers answer, and the same of the proxy itself.</summary>
internal sealed class ProxyPages(Upstream upstream, Func<CancellationToken, Task<ReadOnlyMemory<byte>>> serverMetrics, string advertised, MetricRegistry metrics, ILog log)
{
    /// <summary>How long a server may take to show that it is well.</summary>
    private static readonly TimeSpan ReadMax = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan WatchMax = TimeSpan.FromSeconds(3);

    private static readonly JsonSerializerOptions GoJson = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly ByteString Probe = ByteString.CopyFromUtf8("a");

    private readonly Counter _success = metrics.Counter("etcd_server_health_success", "Times that a health page found all well.");
    private readonly Counter _failures = metrics.Counter("etcd_server_health_failures", "Times that a health page found something unwell.");

    public IReadOnlyList<HttpEndpoint> All =>
    [
        new("/metrics", ShowServerMetricsAsync),
        new("/health", request => AnswerHealthAsync(request, ReadProblemAsync)),
        new("/proxy/metrics", _ => new(ShowMetrics())),
        new("/proxy/health", request => AnswerHealthAsync(request, ProxyProblemAsync)),
    ];

    private async ValueTask<EndpointReply> ShowServerMetricsAsync(EndpointRequest request)
    {
        try
        {
            return new EndpointReply(200, "text/plain; version=0.0.4", await serverMetrics(request.Cancellation));
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException || (failure is OperationCanceledException && !request.Cancellation.IsCancellationRequested))
        {
            log.Warn("no server shows its metrics", new LogField("error", failure.Message));
            return EndpointReply.Error(500, "Internal server error");
        }
    }

    private EndpointReply ShowMetrics()
    {
        PooledBody page = new();
        metrics.WriteText(page);
        return new EndpointReply(200, MetricRegistry.ContentType, default) { Pooled = page };
    }

    private async ValueTask<EndpointReply> AnswerHealthAsync(EndpointRequest request, Func<CancellationToken, Task<string?>> problemAsync)
    {
        if (request.Method != "GET")
            return EndpointReply.MethodNotAllowed;
        string? reason = await problemAsync(request.Cancellation);
        string body = $"{{\"health\":\"{(reason is null ? "true" : "false")}\",\"reason\":{JsonSerializer.Serialize(reason ?? "", GoJson)}}}";
        if (reason is null)
        {
            _success.Increment();
            log.Debug("/health OK", new LogField("status-code", 200));
            return EndpointReply.Text(200, body);
        }
        _failures.Increment();
        log.Warn("/health error", new LogField("output", body), new LogField("status-code", 503));
        return EndpointReply.Error(503, body);
    }

    /// <summary>Why the servers are not well, or null. To be denied is an answer.</summary>
    private async Task<string?> ReadProblemAsync(CancellationToken cancellation)
    {
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(ReadMax);
        try
        {
            await upstream.CallAsync(KvMethods.Range, new RangeRequest { Key = Probe }, default, patience.Token);
            return null;
        }
        catch (RefusalException refusal)
        {
            return refusal.Error.Code == StatusCode.PermissionDenied ? null : $"GET ERROR:{refusal.Message}";
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return "GET ERROR:context deadline exceeded";
        }
    }

    private async Task<string?> ProxyProblemAsync(CancellationToken cancellation)
    {
        if (advertised.Length == 0)
            return "no connection to proxy";
        if (await ReadProblemAsync(cancellation) is { } problem)
            return problem;
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(WatchMax);
        try
        {
            await using IDuplexCall<WatchRequest, WatchResponse> watch = upstream.Open(WatchMethods.Watch, default, patience.Token);
            await watch.WriteAsync(new WatchRequest { CreateRequest = new WatchCreateRequest { Key = Probe } }, patience.Token);
            return await watch.ReadAsync(patience.Token) is null ? "WATCH TIMEOUT" : null;
        }
        catch (Exception failure) when (failure is CallException || (failure is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return "WATCH TIMEOUT";
        }
    }
}
