using Tenet.Client.Calls;
using Tenet.Client.Calls.Methods;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Proxy.Tests.Support;
using static Tenet.Proxy.Tests.Support.ProxyBed;

namespace Tenet.Proxy.Tests.Observing;

public sealed class CallLogTests
{
    private const string Received = "Info received payload logged as grpc.request.content field ";
    private const string Returned = "Info returned response payload logged as grpc.response.content field ";

    [Fact]
    public async Task Every_message_is_logged_as_by_etcds_proxy()
    {
        LineLog log = new();
        await using ProxyBed bed = await StartAsync(options => options with { LogsCalls = true, Log = log, Namespace = "ns/" });
        await bed.PutAsync("a b", "1 \"2\"");
        string[] lines = CallLines(log, "Put");
        Assert.StartsWith(Received + "grpc.request.content={\"key\":\"YSBi\",\"value\":\"MSAiMiI=\"} grpc.service=etcdserverpb.KV grpc.method=Put peer.address=127.0.0.1:", lines[0]);
        Assert.Matches("^" + Returned + "grpc.response.content=\\{\"header\":\\{\"clusterId\":\"[0-9]+\",\"memberId\":\"[0-9]+\",\"revision\":\"2\",\"raftTerm\":\"[0-9]+\"\\}\\} grpc.service=etcdserverpb.KV grpc.method=Put peer.address=", lines[1]);
        await Assert.ThrowsAsync<CallException>(() => bed.PutAsync("", "1"));
        Assert.StartsWith(Returned + "grpc.response.error=etcdserver: key is not provided grpc.response.content= grpc.service=etcdserverpb.KV grpc.method=Put ", CallLines(log, "Put")[3]);
        // What is passed on unread is read for this.
        await bed.Client.UnaryAsync(LeaseMethods.LeaseLeases, new LeaseLeasesRequest(), CallOptions.None);
        Assert.StartsWith(Received + "grpc.request.content={} grpc.service=etcdserverpb.Lease grpc.method=LeaseLeases ", CallLines(log, "LeaseLeases")[0]);
    }

    [Fact]
    public async Task Streams_are_logged_to_their_end()
    {
        LineLog log = new();
        await using ProxyBed bed = await StartAsync(options => options with { LogsCalls = true, Log = log });
        LeaseGrantResponse lease = await bed.Client.UnaryAsync(LeaseMethods.LeaseGrant, new LeaseGrantRequest { TTL = 60 }, CallOptions.None);
        await using (IDuplexCall<LeaseKeepAliveRequest, LeaseKeepAliveResponse> call = bed.Client.Duplex(LeaseMethods.LeaseKeepAlive, CallOptions.None))
        {
            await call.WriteAsync(new LeaseKeepAliveRequest { ID = lease.ID });
            Assert.NotNull(await call.ReadAsync());
            await call.CompleteAsync();
            Assert.Null(await call.ReadAsync());
        }
        string[] lines = CallLines(log, "LeaseKeepAlive");
        Assert.Equal(3, lines.Length);
        Assert.StartsWith($"{Received}grpc.request.content={{\"ID\":\"{lease.ID}\"}} ", lines[0]);
        Assert.Contains(lines, line => line.StartsWith(Returned, StringComparison.Ordinal) && line.Contains($"\"ID\":\"{lease.ID}\",\"TTL\":\"60\"", StringComparison.Ordinal));
        Assert.Contains(lines, static line => line.StartsWith(Received + "grpc.request.error=EOF grpc.request.content={} grpc.service=etcdserverpb.Lease ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Passwords_and_tokens_stay_out_of_the_log()
    {
        LineLog log = new();
        await using ProxyBed bed = await StartAsync(options => options with { LogsCalls = true, Log = log });
        CallOptions[] users = await bed.EnableAuthAsync();
        await bed.Client.UnaryAsync(AuthMethods.UserChangePassword, new AuthUserChangePasswordRequest { Name = "bob", Password = "geheim" }, users[0]);
        Assert.Contains(log.Lines, static line => line.Contains("grpc.request.content={\"name\":\"alice\"} grpc.service=etcdserverpb.Auth grpc.method=Authenticate ", StringComparison.Ordinal));
        string all = string.Join('\n', log.Lines);
        Assert.DoesNotContain("geheim", all);
        Assert.DoesNotContain("\"pw\"", all);
        foreach (CallOptions user in users)
            Assert.DoesNotContain(user.Metadata[0].Value, all);
    }

    private static string[] CallLines(LineLog log, string method) =>
        [.. log.Lines.Where(line => line.Contains($" grpc.method={method} ", StringComparison.Ordinal))];
}
