using Tenet.Client;
using Tenet.Foundation.Logging;
using Tenet.Foundation.Metrics;
using Tenet.Protocol.Calls;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Proxy.Calls;
using Tenet.Proxy.Keys;
using Tenet.Proxy.Tests.Support;
using Tenet.Proxy.Watching;

namespace Tenet.Proxy.Tests.Watching;

public sealed class WatchStreamTests
{
    [Fact]
    public async Task A_caller_who_does_not_read_loses_his_stream_before_much_waits_for_him()
    {
        await using ClientInvoker nobody = new(new TenetClientOptions { Endpoints = ["127.0.0.1:1"] });
        WatchProxy proxy = new(new Upstream(nobody), new KeyPrefix(""), new ProxyMetrics(new MetricRegistry(), static () => 0, static () => 0), NoLog.Instance);
        Silence silence = new();
        WatchStream stream = new(proxy, default, new CancellationTokenSource());
        Task serving = stream.RunAsync(silence, silence, CancellationToken.None);
        int posted = 0;
        while (!serving.IsCompleted && posted < 100_000)
        {
            stream.Post(new WatchResponse(), bytes: 1_000);
            posted++;
            if (posted > 1_100)
                await Task.Yield();
        }
        RefusalException refusal = await Assert.ThrowsAsync<RefusalException>(() => serving.WaitAsync(ProxyBed.Patience));
        Assert.Equal(StatusCode.Unavailable, refusal.Error.Code);
    }

    /// <summary>A caller who says nothing and hears nothing.</summary>
    private sealed class Silence : IRequestReader<WatchRequest>, IResponseWriter<WatchResponse>
    {
        public async ValueTask<WatchRequest?> ReadAsync(CancellationToken cancellation)
        {
            await Task.Delay(Timeout.Infinite, cancellation);
            return null;
        }

        public async ValueTask WriteAsync(WatchResponse message, CancellationToken cancellation, bool moreFollows = false) => await Task.Delay(Timeout.Infinite, cancellation);
    }
}
