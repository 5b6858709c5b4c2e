using System.Diagnostics;
using System.Diagnostics.Metrics;
using Tenet.Client.Calls;
using Tenet.Protocol.Errors;

namespace Tenet.Client.Observability;

/// <summary>The client's meter and activity source, both named <c>Tenet.Client</c>. They cost nothing while nobody listens.</summary>
internal static class ClientTelemetry
{
    public const string Name = "Tenet.Client";

    private static readonly ActivitySource Activities = new(Name);
    private static readonly Meter Meter = new(Name);
    private static readonly Histogram<double> Calls = Meter.CreateHistogram<double>("tenet.client.call.duration", "s", "Time of a call, repetitions included.");
    private static readonly Counter<long> Failures = Meter.CreateCounter<long>("tenet.client.attempt.failures", "{attempt}", "Attempts at calls that failed.");
    private static readonly Counter<long> WatchResumptions = Meter.CreateCounter<long>("tenet.client.watch.resumptions", "{resumption}", "Watches that went on over another stream.");
    private static readonly Counter<long> LeaseLosses = Meter.CreateCounter<long>("tenet.client.lease.losses", "{lease}", "Leases that were kept alive and lost.");

    /// <summary>Whether anybody wants to know of single calls.</summary>
    public static bool CallsAreObserved => Calls.Enabled || Activities.HasListeners();

    /// <summary>Begins the span of a call; its context goes with the request.</summary>
    public static Activity? StartCall(string path)
    {
        Activity? activity = Activities.StartActivity(path[1..], ActivityKind.Client);
        if (activity is not null)
        {
            int method = path.LastIndexOf('/');
            activity.SetTag("rpc.system", "grpc").SetTag("rpc.service", path[1..method]).SetTag("rpc.method", path[(method + 1)..]);
        }
        return activity;
    }

    /// <summary>Notes how a call ended.</summary>
    public static void EndCall(Activity? activity, string path, long startedAt, Exception? failure)
    {
        int status = (int)(failure switch { null => StatusCode.Ok, CallException call => call.Code, _ => StatusCode.Cancelled });
        Calls.Record(Stopwatch.GetElapsedTime(startedAt).TotalSeconds, new("rpc.method", path), new("rpc.grpc.status_code", status));
        activity?.SetTag("rpc.grpc.status_code", status);
        if (failure is not null)
            activity?.SetStatus(ActivityStatusCode.Error, failure.Message);
    }

    public static void AttemptFailed(FailedAttempt attempt) =>
        Failures.Add(1, new KeyValuePair<string, object?>("rpc.method", attempt.Method), new KeyValuePair<string, object?>("rpc.grpc.status_code", (int)attempt.Error.Code));

    public static void WatchResumed() => WatchResumptions.Add(1);

    public static void LeaseLost() => LeaseLosses.Add(1);
}
