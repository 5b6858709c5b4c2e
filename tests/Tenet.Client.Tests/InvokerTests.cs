using Google.Protobuf;
using Microsoft.AspNetCore.Http;
using Tenet.Client.Calls;
using Tenet.Client.Calls.Methods;
using Tenet.Client.Tests.Servers;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Client.Tests;

public sealed class InvokerTests
{
    private static readonly PutRequest Put = new() { Key = ByteString.CopyFromUtf8("key") };
    private static readonly RangeRequest Range = new() { Key = ByteString.CopyFromUtf8("key") };
    private static readonly CallOptions Limit = new() { Timeout = TimeSpan.FromSeconds(30) };

    private int _calls;

    [Fact]
    public async Task A_write_that_may_have_been_carried_out_is_not_repeated()
    {
        await using FakeServer server = await FakeServer.StartAsync(RefuseTwiceAsync);
        List<FailedAttempt> failed = [];
        await using ClientInvoker invoker = Invoker(failed, server.Endpoint);
        CallException failure = await Assert.ThrowsAsync<CallException>(() => invoker.UnaryAsync(KvMethods.Put, Put, Limit));
        Assert.Equal((StatusCode.Unavailable, "etcdserver: request timed out"), (failure.Code, failure.Message));
        Assert.Equal(1, _calls);
        Assert.Equal((0, "/etcdserverpb.KV/Put", server.Endpoint), (failed[0].Attempt, failed[0].Method, failed[0].Endpoint));
    }

    [Fact]
    public async Task A_read_is_repeated_until_it_is_answered()
    {
        await using FakeServer server = await FakeServer.StartAsync(RefuseTwiceAsync);
        List<FailedAttempt> failed = [];
        await using ClientInvoker invoker = Invoker(failed, server.Endpoint);
        await invoker.UnaryAsync(KvMethods.Range, Range, Limit);
        Assert.Equal(3, _calls);
        Assert.Equal([0, 1], failed.Select(attempt => attempt.Attempt));
    }

    [Fact]
    public async Task A_connection_that_breaks_under_a_write_is_told_and_not_repeated()
    {
        await using FakeServer server = await FakeServer.StartAsync(context =>
        {
            Interlocked.Increment(ref _calls);
            context.Features.Get<Microsoft.AspNetCore.Connections.Features.IConnectionLifetimeFeature>()?.Abort();
            context.Abort();
            return Task.CompletedTask;
        });
        await using ClientInvoker invoker = Invoker([], server.Endpoint);
        CallException failure = await Assert.ThrowsAsync<CallException>(() => invoker.UnaryAsync(KvMethods.Put, Put, Limit));
        Assert.False(failure.NeverSent);
        Assert.Equal(1, _calls);
    }

    [Fact]
    public async Task What_cannot_be_sent_to_one_endpoint_is_sent_to_another()
    {
        await using FakeServer server = await FakeServer.StartAsync(AnswerAsync);
        await using ClientInvoker invoker = Invoker([], $"127.0.0.1:{Ports.Next()}", server.Endpoint, $"127.0.0.1:{Ports.Next()}");
        for (int i = 0; i < 6; i++)
            await invoker.UnaryAsync(KvMethods.Put, Put, Limit);
        Assert.Equal(6, _calls);
    }

    [Fact]
    public async Task A_call_waits_for_an_endpoint_until_its_deadline_and_says_what_it_met()
    {
        List<FailedAttempt> failed = [];
        int port = Ports.Next();
        await using ClientInvoker invoker = Invoker(failed, $"127.0.0.1:{port}");
        CallException failure = await Assert.ThrowsAsync<CallException>(
            () => invoker.UnaryAsync(KvMethods.Range, Range, new CallOptions { Timeout = TimeSpan.FromMilliseconds(300) }));
        Assert.Equal((StatusCode.DeadlineExceeded, "context deadline exceeded"), (failure.Code, failure.Message));
        string refused = $"connection error: desc = \"transport: Error while dialing: dial tcp 127.0.0.1:{port}: connect: connection refused\"";
        Assert.Equal($"latest balancer error: last connection error: {refused}", Assert.Single(failed).Error.Message);
        Assert.Equal(refused, failure.InnerException!.Message);
    }

    [Fact]
    public async Task An_endpoint_that_leaves_a_call_unanswered_is_passed_over()
    {
        int silent = 0;
        await using FakeServer first = await FakeServer.StartAsync(context =>
        {
            Interlocked.Increment(ref silent);
            return Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        await using FakeServer second = await FakeServer.StartAsync(AnswerAsync);
        await using ClientInvoker invoker = Invoker([], first.Endpoint, second.Endpoint);
        CallException? failure = null;
        while (failure is null)
            failure = await Record.ExceptionAsync(() => invoker.UnaryAsync(KvMethods.Put, Put, new CallOptions { Timeout = TimeSpan.FromSeconds(2) })) as CallException;
        Assert.Equal(StatusCode.DeadlineExceeded, failure.Code);
        for (int i = 0; i < 6; i++)
            await invoker.UnaryAsync(KvMethods.Put, Put, Limit);
        Assert.Equal(1, silent);
    }

    [Fact]
    public async Task A_call_of_a_user_ends_with_its_own_deadline_when_the_token_does_not_come()
    {
        await using FakeServer server = await FakeServer.StartAsync(context => Task.Delay(Timeout.Infinite, context.RequestAborted));
        await using ClientInvoker invoker = new(new TenetClientOptions { Endpoints = [server.Endpoint], User = "root", Password = "secret", CallTimeout = Timeout.InfiniteTimeSpan });
        CallException failure = await Assert.ThrowsAsync<CallException>(
            () => invoker.UnaryAsync(KvMethods.Put, Put, new CallOptions { Timeout = TimeSpan.FromMilliseconds(100) }));
        Assert.Equal((StatusCode.DeadlineExceeded, "context deadline exceeded"), (failure.Code, failure.Message));
    }

    [Fact]
    public async Task A_learner_is_asked_no_further_if_there_are_others()
    {
        int learner = 0;
        await using FakeServer first = await FakeServer.StartAsync(context =>
        {
            Interlocked.Increment(ref learner);
            return FakeServer.RefuseAsync(context, EtcdErrors.NotSupportedForLearner);
        });
        await using FakeServer second = await FakeServer.StartAsync(AnswerAsync);
        await using (ClientInvoker both = Invoker([], first.Endpoint, second.Endpoint))
        {
            for (int i = 0; i < 4; i++)
                await both.UnaryAsync(KvMethods.Put, Put, Limit);
        }
        Assert.Equal(4, _calls);
        Assert.True(learner > 0);
        await using ClientInvoker alone = Invoker([], first.Endpoint);
        Assert.Equal(EtcdErrors.NotSupportedForLearner.Message, (await Assert.ThrowsAsync<CallException>(() => alone.UnaryAsync(KvMethods.Put, Put, Limit))).Message);
    }

    [Fact]
    public async Task A_user_is_authenticated_once_and_again_when_a_token_is_refused()
    {
        int logins = 0;
        List<string> tokens = [];
        await using FakeServer server = await FakeServer.StartAsync(context =>
        {
            if (context.Request.Path == AuthMethods.Authenticate.Path)
                return FakeServer.AnswerAsync(context, new AuthenticateResponse { Token = $"token {++logins}" });
            string token = context.Request.Headers["token"].ToString();
            tokens.Add(token);
            return token == "token 1" && tokens.Count > 2 ? FakeServer.RefuseAsync(context, EtcdErrors.InvalidAuthToken) : FakeServer.AnswerAsync(context, new PutResponse());
        });
        await using ClientInvoker invoker = new(new TenetClientOptions { Endpoints = [server.Endpoint], User = "root", Password = "secret" });
        for (int i = 0; i < 4; i++)
            await invoker.UnaryAsync(KvMethods.Put, Put, Limit);
        Assert.Equal(["token 1", "token 1", "token 1", "token 2", "token 2"], tokens);
        Assert.Equal(2, logins);
    }

    [Fact]
    public async Task A_user_of_a_cluster_without_authentication_goes_on_without_a_token()
    {
        List<bool> hadToken = [];
        await using FakeServer server = await FakeServer.StartAsync(context =>
        {
            if (context.Request.Path == AuthMethods.Authenticate.Path)
                return FakeServer.RefuseAsync(context, EtcdErrors.AuthNotEnabled);
            hadToken.Add(context.Request.Headers.ContainsKey("token"));
            return FakeServer.AnswerAsync(context, new PutResponse());
        });
        await using ClientInvoker invoker = new(new TenetClientOptions { Endpoints = [server.Endpoint], User = "root", Password = "secret" });
        await invoker.UnaryAsync(KvMethods.Put, Put, Limit);
        Assert.Equal([false], hadToken);
    }

    [Fact]
    public async Task A_given_token_is_sent_and_its_refusal_is_told()
    {
        await using FakeServer server = await FakeServer.StartAsync(context =>
        {
            Assert.Equal("made elsewhere", context.Request.Headers["token"].ToString());
            Interlocked.Increment(ref _calls);
            return FakeServer.RefuseAsync(context, EtcdErrors.InvalidAuthToken);
        });
        await using ClientInvoker invoker = new(new TenetClientOptions { Endpoints = [server.Endpoint], Token = "made elsewhere" });
        CallException failure = await Assert.ThrowsAsync<CallException>(() => invoker.UnaryAsync(KvMethods.Put, Put, Limit));
        Assert.Equal(StatusCode.Unauthenticated, failure.Code);
        Assert.Equal(1, _calls);
    }

    [Fact]
    public async Task Streams_find_an_endpoint_as_well()
    {
        await using FakeServer server = await FakeServer.StartAsync(AnswerAsync);
        await using ClientInvoker invoker = Invoker([], $"127.0.0.1:{Ports.Next()}", server.Endpoint);
        for (int i = 0; i < 4; i++)
        {
            List<SnapshotResponse> pieces = [];
            await foreach (SnapshotResponse piece in invoker.ServerStreamAsync(MaintenanceMethods.Snapshot, new SnapshotRequest(), Limit))
                pieces.Add(piece);
            Assert.Single(pieces);
            await using IDuplexCall<WatchRequest, WatchResponse> watch = invoker.Duplex(WatchMethods.Watch, Limit);
            await watch.WriteAsync(new WatchRequest());
            await watch.CompleteAsync();
            Assert.NotNull(await watch.ReadAsync());
            Assert.Null(await watch.ReadAsync());
        }
    }

    [Fact]
    public async Task A_stream_that_is_refused_before_anything_was_sent_says_why()
    {
        await using FakeServer server = await FakeServer.StartAsync(context => FakeServer.RefuseAsync(context, EtcdErrors.PermissionDenied));
        await using TenetClient client = new(server.Endpoint);
        await using IAsyncEnumerator<WatchEvent> watch = client.Watch.EventsAsync(KeyRange.All).GetAsyncEnumerator();
        Assert.Equal(EtcdErrors.PermissionDenied.Message, (await Assert.ThrowsAsync<CallException>(async () => await watch.MoveNextAsync())).Message);
        Assert.Equal(EtcdErrors.PermissionDenied.Message, (await Assert.ThrowsAsync<CallException>(() => client.Leases.KeepAliveOnceAsync(1))).Message);
    }

    [Fact]
    public void Options_that_cannot_serve_are_refused_with_every_reason()
    {
        ArgumentException refused = Assert.Throws<ArgumentException>(() => new ClientInvoker(new TenetClientOptions { Endpoints = ["ftp://here"], User = "root", DialTimeout = TimeSpan.Zero }));
        Assert.Equal(
            "'ftp://here' is no endpoint: host:port, http://, https://, unix: or unixs: is expected; a user needs a password; the dial timeout must be positive", refused.Message);
        Assert.Throws<ArgumentException>(() => new ClientInvoker(new TenetClientOptions()));
    }

    private static ClientInvoker Invoker(List<FailedAttempt> failed, params string[] endpoints) => new(new TenetClientOptions
    {
        Endpoints = endpoints,
        AttemptFailed = attempt =>
        {
            lock (failed)
                failed.Add(attempt);
        },
    });

    private Task RefuseTwiceAsync(HttpContext context) => Interlocked.Increment(ref _calls) <= 2
        ? FakeServer.RefuseAsync(context, EtcdErrors.Timeout)
        : FakeServer.AnswerAsync(context, new RangeResponse());

    private Task AnswerAsync(HttpContext context)
    {
        Interlocked.Increment(ref _calls);
        return FakeServer.AnswerAsync(context, new PutResponse());
    }
}
