using Tenet.Protocol.Errors;
using Tenet.Protocol.Health;
using Tenet.Rpc.Health;
using Tenet.Rpc.Tests.Support;
using static Tenet.Protocol.Health.HealthCheckResponse.Types;

namespace Tenet.Rpc.Tests.Health;

public class HealthServiceTests
{
    private const string CheckPath = "/grpc.health.v1.Health/Check";
    private const string WatchPath = "/grpc.health.v1.Health/Watch";

    [Fact]
    public async Task Check_knows_the_empty_service_only()
    {
        var health = new HealthService();
        await using TestServer server = await TestServer.StartAsync([.. health.Methods]);
        using var client = new GrpcClient(server.Uri);
        GrpcResult serving = await client.CallAsync(CheckPath, GrpcClient.Frame(new HealthCheckRequest()));
        serving.IsOk();
        Assert.Equal("00000000020801", Convert.ToHexString(serving.Body));

        (await client.CallAsync(CheckPath, GrpcClient.Frame(new HealthCheckRequest { Service = "anything" })))
            .IsRefusal(StatusCode.NotFound, "unknown service");

        health.SetServing(false);
        GrpcResult notServing = await client.CallAsync(CheckPath, GrpcClient.Frame(new HealthCheckRequest()));
        Assert.Equal(ServingStatus.NotServing, Assert.Single(notServing.Messages<HealthCheckResponse>()).Status);
    }

    [Fact]
    public async Task Watch_tells_every_change_until_the_server_stops()
    {
        var health = new HealthService();
        await using TestServer server = await TestServer.StartAsync([.. health.Methods]);
        using var client = new GrpcClient(server.Uri);
        using GrpcStream stream = await client.OpenAsync(WatchPath);
        await stream.SendAsync(new HealthCheckRequest());
        foreach (bool serving in new[] { true, false, true })
        {
            health.SetServing(serving);
            Assert.Equal(serving ? ServingStatus.Serving : ServingStatus.NotServing, (await stream.ReadAsync<HealthCheckResponse>())!.Status);
        }
        Task stopping = server.Server.StopAsync(TestServer.Patience);
        Assert.Equal(StatusCode.Unavailable, (await stream.EndAsync()).Code);
        await stopping.WaitAsync(TestServer.Patience);
    }

    [Fact]
    public async Task Watch_of_an_unknown_service_stays_open()
    {
        await using TestServer server = await TestServer.StartAsync([.. new HealthService().Methods]);
        using var client = new GrpcClient(server.Uri);
        using GrpcStream stream = await client.OpenAsync(WatchPath);
        await stream.SendAsync(new HealthCheckRequest { Service = "x" });
        Assert.Equal(ServingStatus.ServiceUnknown, (await stream.ReadAsync<HealthCheckResponse>())!.Status);
    }

    [Fact]
    public async Task The_member_may_refuse_the_question()
    {
        var health = new HealthService(_ => throw EtcdErrors.NotSupportedForLearner.ToException());
        await using TestServer server = await TestServer.StartAsync([.. health.Methods]);
        using var client = new GrpcClient(server.Uri);
        (await client.CallAsync(CheckPath, GrpcClient.Frame(new HealthCheckRequest())))
            .IsRefusal(StatusCode.FailedPrecondition, "etcdserver: rpc not supported for learner");
    }
}
