using System.Net.Sockets;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Rpc.Tests.Support;

namespace Tenet.Rpc.Tests.Calls;

public class StopTests
{
    [Fact]
    public async Task Calls_under_way_finish_within_the_grace()
    {
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var leave = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TestServer server = await TestServer.StartAsync(TestServer.Put(async (_, _) =>
        {
            entered.SetResult();
            await leave.Task;
            return new PutResponse();
        }));
        using var client = new GrpcClient(server.Uri);
        Task<GrpcResult> call = client.PutAsync();
        await entered.Task.WaitAsync(TestServer.Patience);
        Task stopping = server.Server.StopAsync(TestServer.Patience);
        Assert.False(stopping.IsCompleted);
        leave.SetResult();
        (await call).IsOk();
        await stopping.WaitAsync(TestServer.Patience);
    }

    [Fact]
    public async Task A_call_beyond_the_grace_is_cut_off_and_its_handler_canceled()
    {
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var canceled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TestServer server = await TestServer.StartAsync(TestServer.Put(async (_, call) =>
        {
            using CancellationTokenRegistration registration = call.Cancellation.Register(canceled.SetResult);
            entered.SetResult();
            await canceled.Task;
            return new PutResponse();
        }));
        using var client = new GrpcClient(server.Uri);
        Task<GrpcResult> call = client.PutAsync();
        await entered.Task.WaitAsync(TestServer.Patience);
        await server.Server.StopAsync(TimeSpan.FromMilliseconds(50)).WaitAsync(TestServer.Patience);
        await canceled.Task.WaitAsync(TestServer.Patience);
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => call);
    }

    [Fact]
    public async Task Duplex_calls_end_at_once_as_server_stopped()
    {
        await using TestServer server = await TestServer.StartAsync(TestServer.EchoWatch());
        using var client = new GrpcClient(server.Uri);
        using GrpcStream stream = await client.OpenAsync("/etcdserverpb.Watch/Watch");
        await stream.SendAsync(new WatchRequest { CreateRequest = new WatchCreateRequest() });
        Assert.NotNull(await stream.ReadAsync<WatchResponse>());
        Task stopping = server.Server.StopAsync(TestServer.Patience);
        GrpcResult result = await stream.EndAsync();
        Assert.Equal((StatusCode.Unavailable, "etcdserver: server stopped"), (result.Code, result.Message));
        await stopping.WaitAsync(TestServer.Patience);
    }

    [Fact]
    public async Task A_thousand_idle_connections_are_told_and_closed()
    {
        await using TestServer server = await TestServer.StartAsync(TestServer.Put());
        var silent = new List<RawConnection>();
        var idle = new List<RawConnection>();
        for (int i = 0; i < 500; i++)
        {
            silent.Add(new RawConnection(server.Uri));
            idle.Add(RawConnection.OpenHttp2(server.Uri));
        }
        Assert.All(idle, connection => Assert.NotNull(connection.ReadFrame(RawConnection.Settings)));

        await server.Server.StopAsync(TestServer.Patience).WaitAsync(TestServer.Patience);
        Assert.All(silent, connection => Assert.Equal("", connection.ReadToEnd()));
        Assert.All(idle, connection =>
        {
            Assert.NotNull(connection.ReadFrame(RawConnection.GoAway));
            while (connection.ReadFrame() is not null)
            {
                // Until closed.
            }
        });
        Assert.Throws<SocketException>(() => new RawConnection(server.Uri));
        silent.Concat(idle).ToList().ForEach(connection => connection.Dispose());
    }

    [Fact]
    public async Task Stopping_twice_is_stopping_once()
    {
        await using TestServer server = await TestServer.StartAsync(TestServer.Put());
        await Task.WhenAll(server.Server.StopAsync(TestServer.Patience), server.Server.StopAsync(TimeSpan.Zero));
        await server.Server.DisposeAsync();
    }
}
