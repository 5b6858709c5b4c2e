using System.Diagnostics;
using Google.Protobuf;
using Microsoft.AspNetCore.Http;
using Tenet.Client.Calls;
using Tenet.Client.Calls.Methods;
using Tenet.Client.Tests.Servers;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Framing;

namespace Tenet.Client.Tests;

public sealed class ChannelTests
{
    private static readonly PutRequest Put = new() { Key = ByteString.CopyFromUtf8("key") };

    [Fact]
    public async Task A_call_says_its_version_its_time_limit_and_its_trace()
    {
        Dictionary<string, string> headers = new(StringComparer.OrdinalIgnoreCase);
        await using FakeServer server = await FakeServer.StartAsync(context =>
        {
            foreach ((string name, Microsoft.Extensions.Primitives.StringValues value) in context.Request.Headers)
                headers[name] = value.ToString();
            return FakeServer.AnswerAsync(context, new PutResponse());
        });
        await using Channel channel = new(server.Endpoint);
        using Activity activity = new Activity("test").SetIdFormat(ActivityIdFormat.W3C).Start();
        await channel.UnaryAsync(KvMethods.Put, Put, new CallOptions { Timeout = TimeSpan.FromSeconds(7), Metadata = [new("hasleader", "true")] });
        Assert.Equal("application/grpc", headers["Content-Type"]);
        Assert.Equal("trailers", headers["TE"]);
        Assert.Equal("3.7", headers["client-api-version"]);
        Assert.Equal("7000000u", headers["grpc-timeout"]);
        Assert.Equal("true", headers["hasleader"]);
        Assert.Equal(activity.Id, headers["traceparent"]);
    }

    [Theory]
    [InlineData(1, "1u")]
    [InlineData(99_999_999, "99999999u")]
    [InlineData(100_000_000, "100000m")]
    [InlineData(100_000_001, "100001m")]
    public void A_time_limit_is_written_in_eight_digits_and_never_cut(long microseconds, string text)
    {
        TimeSpan timeout = TimeSpan.FromMicroseconds(microseconds);
        Assert.Equal(text, CallTimeout.Format(timeout));
        Assert.True(CallTimeout.TryParse(text, out TimeSpan read, out _));
        Assert.True(read >= timeout);
    }

    [Fact]
    public async Task A_unix_socket_is_an_endpoint()
    {
        string directory = Directory.CreateTempSubdirectory("tenet-client-").FullName;
        try
        {
            await using FakeServer server = await FakeServer.StartAsync(context => FakeServer.AnswerAsync(context, new PutResponse()), Path.Combine(directory, "member.sock"));
            foreach (string endpoint in new[] { server.Endpoint, server.Endpoint.Replace("unix:", "unix://", StringComparison.Ordinal) })
            {
                await using Channel channel = new(endpoint);
                await channel.UnaryAsync(KvMethods.Put, Put, CallOptions.None);
            }
            await using Channel missing = new($"unix:{directory}/nobody.sock");
            CallException failure = await Assert.ThrowsAsync<CallException>(() => missing.UnaryAsync(KvMethods.Put, Put, CallOptions.None));
            Assert.Equal(
                $"connection error: desc = \"transport: Error while dialing: dial unix {directory}/nobody.sock: connect: no such file or directory\"", failure.Message);
            Assert.True(failure.NeverSent);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task A_deadline_and_a_cancellation_end_a_call_that_is_not_answered()
    {
        await using FakeServer server = await FakeServer.StartAsync(context => Task.Delay(Timeout.Infinite, context.RequestAborted));
        await using Channel channel = new(server.Endpoint);
        CallOptions limit = new() { Timeout = TimeSpan.FromMilliseconds(100) };
        CallException unary = await Assert.ThrowsAsync<CallException>(() => channel.UnaryAsync(KvMethods.Put, Put, limit));
        Assert.Equal((StatusCode.DeadlineExceeded, "context deadline exceeded"), (unary.Code, unary.Message));
        await using IDuplexCall<WatchRequest, WatchResponse> watch = channel.Duplex(WatchMethods.Watch, limit);
        Assert.Equal(StatusCode.DeadlineExceeded, (await Assert.ThrowsAsync<CallException>(async () => await watch.ReadAsync())).Code);

        using CancellationTokenSource stop = new();
        Task call = channel.UnaryAsync(KvMethods.Put, Put, CallOptions.None, stop.Token);
        await stop.CancelAsync();
        OperationCanceledException cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.Equal(stop.Token, cancelled.CancellationToken);
    }

    [Fact]
    public async Task What_is_no_grpc_is_told_in_the_words_of_a_go_program()
    {
        await using FakeServer server = await FakeServer.StartAsync(async context =>
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            context.Response.ContentType = "text/plain";
            await context.Response.WriteAsync("nothing here");
        });
        await using Channel channel = new(server.Endpoint);
        CallException failure = await Assert.ThrowsAsync<CallException>(() => channel.UnaryAsync(KvMethods.Put, Put, CallOptions.None));
        Assert.Equal(StatusCode.Unimplemented, failure.Code);
        Assert.Equal("unexpected HTTP status code received from server: 404 (Not Found); transport: received unexpected content-type \"text/plain\"", failure.Message);
    }

    [Fact]
    public async Task A_response_without_trailers_or_with_half_a_message_is_no_answer()
    {
        byte[][] bodies = [[], [0, 0, 0, 0, 0], [0, 0, 0, 0, 9, 1], [1, 0, 0, 0, 0], [0, 0, 0, 0, 1, 0xff]];
        int next = 0;
        await using FakeServer server = await FakeServer.StartAsync(async context =>
        {
            context.Response.ContentType = "application/grpc";
            await context.Response.BodyWriter.WriteAsync(bodies[next]);
            if (next++ > 1)
                context.Response.AppendTrailer("grpc-status", "0");
        });
        await using Channel channel = new(server.Endpoint);
        for (int i = 0; i < bodies.Length; i++)
        {
            CallException failure = await Assert.ThrowsAsync<CallException>(() => channel.UnaryAsync(KvMethods.Put, Put, CallOptions.None));
            Assert.True(failure.Code == StatusCode.Internal, $"body {i}: {failure.Code} {failure.Message}");
        }
    }

    [Fact]
    public async Task An_answer_above_the_limit_is_refused_by_its_header()
    {
        await using FakeServer server = await FakeServer.StartAsync(context => FakeServer.AnswerAsync(
            context, new RangeResponse { Kvs = { new Protocol.Mvccpb.KeyValue { Value = ByteString.CopyFrom(new byte[2000]) } } }));
        await using Channel channel = new(server.Endpoint, new ChannelOptions { ReceiveBytesMax = 1000 });
        CallException failure = await Assert.ThrowsAsync<CallException>(() => channel.UnaryAsync(KvMethods.Range, new RangeRequest(), CallOptions.None));
        Assert.Equal((StatusCode.ResourceExhausted, "grpc: received message larger than max (2006 vs. 1000)"), (failure.Code, failure.Message));
    }

    [Fact]
    public async Task A_closed_channel_makes_no_calls()
    {
        Channel channel = new("127.0.0.1:1");
        await channel.DisposeAsync();
        CallException failure = await Assert.ThrowsAsync<CallException>(() => channel.UnaryAsync(KvMethods.Put, Put, CallOptions.None));
        Assert.Equal(StatusCode.Cancelled, failure.Code);
    }

    [Theory]
    [InlineData("127.0.0.1:2379", false, "http://127.0.0.1:2379/")]
    [InlineData("127.0.0.1:2379", true, "https://127.0.0.1:2379/")]
    [InlineData("http://member:2379", true, "http://member:2379/")]
    [InlineData("https://[::1]:2379/path", false, "https://[::1]:2379/")]
    public void An_endpoint_without_scheme_follows_the_tls_settings(string text, bool hasTls, string root) =>
        Assert.Equal(root, EndpointAddress.Parse(text, hasTls).Root.ToString());
}
