using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Tenet.Client.Calls;
using Tenet.Client.Tests.Servers;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Client.Tests;

public sealed class TelemetryTests
{
    [Fact]
    public async Task A_call_is_a_span_whose_context_the_server_gets_and_a_measurement_with_its_status()
    {
        string? parent = null;
        bool refuse = false;
        await using FakeServer server = await FakeServer.StartAsync(context =>
        {
            parent = context.Request.Headers["traceparent"].ToString();
            return refuse ? FakeServer.RefuseAsync(context, EtcdErrors.EmptyKey) : FakeServer.AnswerAsync(context, new PutResponse { Header = new ResponseHeader() });
        });
        using Activity test = new Activity("test").SetIdFormat(ActivityIdFormat.W3C).Start();
        ConcurrentQueue<Activity> spans = [];
        using ActivityListener listener = new()
        {
            ShouldListenTo = source => source.Name == "Tenet.Client",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                // Other tests make calls at the same time.
                if (activity.TraceId == test.TraceId)
                    spans.Enqueue(activity);
            },
        };
        ActivitySource.AddActivityListener(listener);
        ConcurrentQueue<int> statuses = [];
        using MeterListener meters = new();
        meters.InstrumentPublished = (instrument, meter) =>
        {
            if (instrument is { Meter.Name: "Tenet.Client", Name: "tenet.client.call.duration" })
                meter.EnableMeasurementEvents(instrument);
        };
        meters.SetMeasurementEventCallback<double>((_, seconds, tags, _) =>
        {
            Assert.True(seconds > 0);
            foreach ((string name, object? value) in tags)
            {
                if (name == "rpc.grpc.status_code" && Activity.Current?.TraceId == test.TraceId)
                    statuses.Enqueue((int)value!);
            }
        });
        meters.Start();

        await using TenetClient client = new(server.Endpoint);
        await client.Kv.PutAsync("key", "value");
        Activity span = Assert.Single(spans);
        Assert.Equal(("etcdserverpb.KV/Put", ActivityKind.Client, span.Id), (span.OperationName, span.Kind, parent));
        Assert.Equal("KV", ((string)span.GetTagItem("rpc.service")!).Split('.')[1]);
        refuse = true;
        await Assert.ThrowsAsync<CallException>(() => client.Kv.PutAsync("key", "value"));
        Assert.Equal(ActivityStatusCode.Error, spans.Last().Status);
        Assert.Equal([(int)StatusCode.Ok, (int)StatusCode.InvalidArgument], statuses);
    }

    [Fact]
    public async Task The_log_is_told_once_when_an_endpoint_fails_and_once_when_it_answers_again()
    {
        bool serves = true;
        int refused = 0;
        await using FakeServer server = await FakeServer.StartAsync(context =>
        {
            if (serves)
                return FakeServer.AnswerAsync(context, new RangeResponse { Header = new ResponseHeader() });
            serves = ++refused == 3;
            return FakeServer.RefuseAsync(context, EtcdErrors.Timeout);
        });
        Lines log = new();
        await using TenetClient client = new(new TenetClientOptions { Endpoints = [server.Endpoint] }, log);
        await client.Kv.GetAsync("key");
        Assert.Empty(log.Told);
        serves = false;
        await client.Kv.GetAsync("key");
        string attempt = $"Debug: /etcdserverpb.KV/Range failed at {server.Endpoint} in attempt";
        Assert.Equal(
            [
                $"Warning: {server.Endpoint} is passed over for a while: etcdserver: request timed out",
                $"{attempt} 0: Unavailable: etcdserver: request timed out",
                $"{attempt} 1: Unavailable: etcdserver: request timed out",
                $"{attempt} 2: Unavailable: etcdserver: request timed out",
                $"Information: {server.Endpoint} answers again",
            ],
            log.Told);
    }

    private sealed class Lines : ILogger<TenetClient>
    {
        public ConcurrentQueue<string> Told { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Told.Enqueue($"{logLevel}: {formatter(state, exception)}");
    }
}
