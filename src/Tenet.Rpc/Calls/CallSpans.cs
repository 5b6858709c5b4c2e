using System.Diagnostics;
using Tenet.Protocol.Calls;

namespace Tenet.Rpc.Calls;

/// <summary>The span of a call, below the caller's if its <c>traceparent</c> header names one, and <c>send</c> below it: from the answer to its last byte.</summary>
internal static class CallSpans
{
    private static readonly ActivitySource Source = new("Tenet.Rpc");

    /// <summary>Whether anybody listens.</summary>
    public static bool AreHeard => Source.HasListeners();

    /// <summary>Begins the span of a call; the current one until it is disposed of.</summary>
    public static Activity? Begin(CallContext call)
    {
        ActivityContext parent = default;
        if (call.RequestHeader("traceparent") is { } header)
            ActivityContext.TryParse(header, call.RequestHeader("tracestate"), isRemote: true, out parent);
        // Kestrel has a span of its own around each request, which nobody exports: it must not become the parent.
        Activity.Current = null;
        string name = call.Method.TrimStart('/');
        Activity? span = Source.StartActivity(name, ActivityKind.Server, parent);
        if (span is not { IsAllDataRequested: true })
            return span;
        int slash = name.IndexOf('/', StringComparison.Ordinal);
        span.SetTag("rpc.system", "grpc");
        span.SetTag("rpc.service", slash < 0 ? name : name[..slash]);
        span.SetTag("rpc.method", slash < 0 ? "" : name[(slash + 1)..]);
        span.SetTag("client.address", call.Peer);
        return span;
    }

    /// <summary>Ends the span with the status of the call.</summary>
    public static void End(Activity span, int status, string? problem, DateTime? answeredAt)
    {
        if (answeredAt is { } from)
            Source.StartActivity("send", ActivityKind.Internal, span.Context, null, null, from)?.Dispose();
        span.SetTag("rpc.grpc.status_code", status);
        if (problem is not null)
            span.SetStatus(ActivityStatusCode.Error, problem);
    }
}
