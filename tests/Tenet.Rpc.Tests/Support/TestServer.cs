using Google.Protobuf;
using Tenet.Foundation.Metrics;
using Tenet.Protocol.Calls;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Mvccpb;

namespace Tenet.Rpc.Tests.Support;

/// <summary>A server on a free port whose methods are what the test says.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private TestServer(GrpcServer server, MetricRegistry metrics, TestLog log)
    {
        Server = server;
        Metrics = metrics;
        Log = log;
        Uri = new Uri(server.Urls[0]);
    }

    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(20);

    public GrpcServer Server { get; }

    public MetricRegistry Metrics { get; }

    public TestLog Log { get; }

    public Uri Uri { get; }

    public static Task<TestServer> StartAsync(params Method[] methods) => StartAsync(options => options, methods);

    public static async Task<TestServer> StartAsync(Func<GrpcServerOptions, GrpcServerOptions> configure, params Method[] methods)
    {
        var metrics = new MetricRegistry();
        var log = new TestLog();
        var options = new GrpcServerOptions
        {
            Listeners = [new RpcListener("http://127.0.0.1:0")],
            Methods = methods,
            Metrics = metrics,
            Log = log,
        };
        return new TestServer(await GrpcServer.StartAsync(configure(options)), metrics, log);
    }

    public static Method Put(Func<PutRequest, CallContext, ValueTask<PutResponse>>? handler = null) =>
        Unary("/etcdserverpb.KV/Put", handler ?? ((request, _) => new(new PutResponse { PrevKv = new KeyValue { Key = request.Key, Value = request.Value } })));

    public static Method Unary<TRequest, TResponse>(string path, Func<TRequest, CallContext, ValueTask<TResponse>> handler)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse>, new() =>
        new UnaryMethod<TRequest, TResponse>(path, ProtobufCodec<TRequest>.Instance, ProtobufCodec<TResponse>.Instance, handler);

    public static Method Snapshot(Func<SnapshotRequest, IResponseWriter<SnapshotResponse>, CallContext, Task> handler) =>
        new ServerStreamMethod<SnapshotRequest, SnapshotResponse>(
            "/etcdserverpb.Maintenance/Snapshot",
            ProtobufCodec<SnapshotRequest>.Instance,
            ProtobufCodec<SnapshotResponse>.Instance,
            handler);

    public static Method Watch(Func<IRequestReader<WatchRequest>, IResponseWriter<WatchResponse>, CallContext, Task> handler) =>
        new DuplexMethod<WatchRequest, WatchResponse>(
            "/etcdserverpb.Watch/Watch", ProtobufCodec<WatchRequest>.Instance, ProtobufCodec<WatchResponse>.Instance, handler);

    /// <summary>Answers each request with a response that carries its watch id.</summary>
    public static Method EchoWatch() => Watch(async (requests, responses, call) =>
    {
        while (await requests.ReadAsync(call.Cancellation) is { } request)
            await responses.WriteAsync(new WatchResponse { WatchId = request.CreateRequest.WatchId, Created = true }, call.Cancellation);
    });

    public string Page()
    {
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        Metrics.WriteText(output);
        return System.Text.Encoding.UTF8.GetString(output.WrittenSpan);
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
