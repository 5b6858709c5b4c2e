using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Rpc.Guarding;
using Tenet.Rpc.Tests.Support;

namespace Tenet.Rpc.Tests.Limits;

/// <summary>Callers that ping too often (contract/api.md, 3.3). The frames are those that real etcd 3.5.30 sends for the same bytes.</summary>
public class KeepAliveTests
{
    [Fact]
    public async Task Without_a_call_the_third_early_ping_is_answered_with_a_dismissal_and_the_connection_is_closed()
    {
        await using TestServer server = await TestServer.StartAsync(TestServer.Put());
        using var raw = RawConnection.OpenHttp2(server.Uri);
        Ping(raw, 4);
        IsDismissed(raw, pings: 4, lastStream: 0);
        await StillServesAsync(server);
    }

    [Fact]
    public async Task During_a_call_the_least_time_of_the_options_counts()
    {
        await using TestServer server = await TestServer.StartAsync(options => options with { KeepAliveMinTime = TimeSpan.FromHours(1) }, TestServer.EchoWatch());
        using RawConnection raw = OpenWatch(server);
        Ping(raw, 4);
        IsDismissed(raw, pings: 4, lastStream: 1);
    }

    [Fact]
    public async Task During_a_call_pings_that_leave_the_least_time_go_on_for_good()
    {
        await using TestServer server = await TestServer.StartAsync(options => options with { KeepAliveMinTime = TimeSpan.FromTicks(1) }, TestServer.EchoWatch());
        using RawConnection raw = OpenWatch(server);
        for (int i = 0; i < 100; i++)
        {
            Ping(raw, 1);
            Assert.NotNull(raw.ReadFrame(RawConnection.Ping));
        }
    }

    [Fact]
    public async Task Pings_between_answers_never_count()
    {
        await using TestServer server = await TestServer.StartAsync(TestServer.Put());
        using var raw = RawConnection.OpenHttp2(server.Uri);
        for (int i = 0; i < 30; i++)
        {
            int stream = 2 * i + 1;
            raw.SendCall(stream, "/etcdserverpb.KV/Put");
            raw.SendFrame(RawConnection.Data, 1, stream, GrpcClient.Frame(GrpcClient.Foo));
            // One: of two to each call, three could arrive between two answers.
            Ping(raw, 1);
            int acks = 0;
            bool ended = false;
            while (acks < 1 || !ended)
            {
                (byte Type, byte Flags, int Stream, byte[] Payload)? frame = raw.ReadFrame();
                Assert.NotNull(frame);
                Assert.NotEqual(RawConnection.GoAway, frame.Value.Type);
                if (frame.Value.Type == RawConnection.Ping)
                    acks++;
                ended |= frame.Value.Type == RawConnection.Headers && (frame.Value.Flags & 1) != 0;
            }
        }
    }

    [Fact]
    public async Task A_call_that_follows_the_last_ping_is_not_carried_out()
    {
        int calls = 0;
        await using TestServer server = await TestServer.StartAsync(TestServer.Put((_, _) =>
        {
            Interlocked.Increment(ref calls);
            return new(new PutResponse());
        }));
        using var raw = RawConnection.OpenHttp2(server.Uri);
        using var bytes = new MemoryStream();
        for (int i = 0; i < 4; i++)
            bytes.Write(RawConnection.FrameBytes(RawConnection.Ping, 0, 0, new byte[8]));
        bytes.Write(RawConnection.FrameBytes(RawConnection.Headers, 4, 1, RawConnection.CallBlock("/etcdserverpb.KV/Put")));
        bytes.Write(RawConnection.FrameBytes(RawConnection.Data, 1, 1, GrpcClient.Frame(GrpcClient.Foo)));
        raw.Send(bytes.ToArray());
        IsDismissed(raw, pings: 4, lastStream: 0);
        Assert.Equal(0, calls);
    }

    [Fact]
    public async Task A_caller_that_floods_pings_without_reading_is_closed_as_well()
    {
        await using TestServer server = await TestServer.StartAsync(TestServer.Put());
        using var raw = RawConnection.OpenHttp2(server.Uri);
        byte[] pings = [.. Enumerable.Range(0, 1000).SelectMany(static _ => RawConnection.FrameBytes(RawConnection.Ping, 0, 0, new byte[8]))];
        Assert.Throws<IOException>(() => SendForEver(raw, pings));
        await StillServesAsync(server);
    }

    [Fact]
    public void A_policy_forgives_two_early_pings_and_forgets_them_after_an_answer()
    {
        PingPolicy policy = new(TimeSpan.FromSeconds(5));
        Assert.Equal([true, true, true, true, false], Ask(policy, hasCalls: true, 0, 5, 9, 13, 17));
        policy.Answered();
        Assert.Equal([true, true, true, false], Ask(policy, hasCalls: true, 18, 19, 20, 21));
    }

    [Fact]
    public void Without_a_call_two_hours_must_lie_between_pings_and_no_least_time_means_five_minutes()
    {
        Assert.Equal([true, true, true, true, true], Ask(new PingPolicy(TimeSpan.FromSeconds(5)), hasCalls: false, 0, 7200, 14400, 21600, 28800));
        Assert.Equal([true, true, true, false], Ask(new PingPolicy(TimeSpan.FromSeconds(5)), hasCalls: false, 0, 7199, 14398, 21597));
        Assert.Equal([true, true, true, false], Ask(new PingPolicy(TimeSpan.Zero), hasCalls: true, 0, 299, 598, 897));
        Assert.Equal([true, true, true, true], Ask(new PingPolicy(TimeSpan.Zero), hasCalls: true, 0, 300, 600, 900));
    }

    private static void SendForEver(RawConnection raw, byte[] bytes)
    {
        while (true)
            raw.Send(bytes);
    }

    private static bool[] Ask(PingPolicy policy, bool hasCalls, params long[] seconds) =>
        [.. seconds.Select(second => policy.Allows(1 + second * Stopwatch.Frequency, hasCalls))];

    private static RawConnection OpenWatch(TestServer server)
    {
        var raw = RawConnection.OpenHttp2(server.Uri);
        raw.SendCall(1, "/etcdserverpb.Watch/Watch");
        raw.SendFrame(RawConnection.Data, 0, 1, GrpcClient.Frame(new WatchRequest { CreateRequest = new WatchCreateRequest { WatchId = 1 } }));
        Assert.NotNull(raw.ReadFrame(RawConnection.Data));
        return raw;
    }

    private static void Ping(RawConnection raw, int times)
    {
        for (int i = 0; i < times; i++)
            raw.SendFrame(RawConnection.Ping, 0, 0, [0, 0, 0, 0, 0, 0, 0, (byte)i]);
    }

    private static void IsDismissed(RawConnection raw, int pings, int lastStream)
    {
        int acks = 0;
        byte[]? reason = null;
        while (raw.ReadFrame() is { } frame)
        {
            Assert.Null(reason);
            if (frame.Type == RawConnection.Ping)
                acks++;
            if (frame.Type == RawConnection.GoAway)
                reason = frame.Payload;
        }

        Assert.NotNull(reason);
        Assert.Equal((lastStream, 11), (BinaryPrimitives.ReadInt32BigEndian(reason), BinaryPrimitives.ReadInt32BigEndian(reason.AsSpan(4))));
        Assert.Equal("too_many_pings", Encoding.ASCII.GetString(reason.AsSpan(8)));
        // The dismissal may overtake the answers to pings that arrived together.
        Assert.InRange(acks, 0, pings);
    }

    private static async Task StillServesAsync(TestServer server)
    {
        using var client = new GrpcClient(server.Uri);
        (await client.PutAsync()).IsOk();
        Assert.Empty(server.Log.Lines);
    }
}
