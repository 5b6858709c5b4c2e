using System.Net;
using System.Net.Sockets;
using Tenet.Foundation.Files.Simulation;
using Tenet.Peer.Framing;
using Tenet.Peer.Tests.Support;
using Tenet.Raft;
using Tenet.Server.Peers;
using Tenet.State.Backends;
using Tenet.State.Members;

namespace Tenet.Peer.Tests;

/// <summary>Two ends over loopback.</summary>
public sealed class TransportTests
{
    private static readonly ConfState Both = new([1, 2]);

    [Fact]
    public async Task Messages_arrive_in_order_in_both_directions_and_large_ones_too()
    {
        await using PeerNode one = await PeerNode.StartAsync(1);
        await using PeerNode two = await PeerNode.StartAsync(2);
        PeerNode.Join(one, two);
        await ConnectedAsync(one, two);

        one.Transport.Send([.. Enumerable.Range(1, 1000).Select(static i => Append(1, 2, (ulong)i, 100))]);
        one.Transport.Send([Append(1, 2, 1001, 3_000_000), Append(1, 2, 1002, 0)]);
        two.Transport.Send([.. Enumerable.Range(1, 1000).Select(static i => new AppendResponse(1, 2, 7, (ulong)i))]);
        await Eventually.TrueAsync(() => two.Member.Received.OfType<AppendEntries>().Count() == 1002, "the appends arrive");
        await Eventually.TrueAsync(() => one.Member.Received.OfType<AppendResponse>().Count() == 1000, "the responses arrive");
        Assert.Equal(Enumerable.Range(1, 1002).Select(static i => (ulong)i), two.Member.Received.OfType<AppendEntries>().Select(static append => append.Entries[0].Index));
        Assert.Equal(Enumerable.Range(1, 1000).Select(static i => (ulong)i), one.Member.Received.OfType<AppendResponse>().Select(static response => response.Index));
        Assert.All(two.Member.Received.OfType<AppendEntries>(), static append => Assert.True(append.Entries[0].Data.Span.IndexOfAnyExcept((byte)append.Index) < 0));
        Assert.Empty(one.Member.Unreachable);
        Assert.Contains("etcd_network_active_peers{Local=\"1\",Remote=\"2\"} 1", one.Page());
        Assert.Contains("etcd_network_known_peers{Local=\"1\",Remote=\"2\"} 1", one.Page());
    }

    [Fact]
    public async Task A_peer_that_ends_is_noticed_and_found_again()
    {
        await using PeerNode one = await PeerNode.StartAsync(1);
        PeerNode two = await PeerNode.StartAsync(2);
        int port = new Uri(two.Url).Port;
        PeerNode.Join(one, two);
        await ConnectedAsync(one, two);
        long? since = one.Transport.ConnectedSince(2);
        await two.DisposeAsync();
        await Eventually.TrueAsync(() => one.Transport.ConnectedSince(2) is null, "the end is noticed");
        one.Transport.Send([Append(1, 2, 1, 10)]);
        await Eventually.TrueAsync(() => one.Member.Unreachable.Contains(2ul), "what cannot be sent is reported");
        Assert.Contains("etcd_network_disconnected_peers_total{Local=\"1\",Remote=\"2\"} 1", one.Page());

        await using PeerNode again = await PeerNode.StartAsync(2, port);
        PeerNode.Join(one, again);
        await ConnectedAsync(one, again);
        Assert.True(one.Transport.ConnectedSince(2) > since);
        one.Transport.Send([Append(1, 2, 5, 10)]);
        await Eventually.TrueAsync(() => again.Member.Received.OfType<AppendEntries>().Any(static append => append.Entries[0].Index == 5), "it is reached again");
    }

    [Theory]
    [InlineData("127.0.0.2", "127.0.0.2")]
    [InlineData(null, "127.0.0.1")]
    public async Task Others_are_called_from_the_address_that_they_know(string? local, string seen)
    {
        await using PeerNode one = await PeerNode.StartAsync(1, options: new PeerTransportOptions { LocalAddress = local is null ? null : IPAddress.Parse(local) });
        using TcpListener other = new(IPAddress.Loopback, 0);
        other.Start();
        ClusterView view = PeerNode.View((1, one.Url), (2, $"http://{other.LocalEndpoint}"));
        one.Member.Members = view;
        one.Transport.Update(view);
        using TcpClient caller = await other.AcceptTcpClientAsync().WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(seen, ((IPEndPoint)caller.Client.RemoteEndPoint!).Address.MapToIPv4().ToString());
    }

    /// <summary>The evidence on which voters elect at once (docs/adr/0003).</summary>
    [Fact]
    public async Task A_peer_is_told_to_be_gone_when_its_streams_end_and_its_address_refuses_and_not_before_it_was_ever_there()
    {
        await using PeerNode one = await PeerNode.StartAsync(1);
        PeerNode two = await PeerNode.StartAsync(2);
        using TcpListener closed = new(IPAddress.Loopback, 0);
        closed.Start();
        string refusing = $"http://{closed.LocalEndpoint}";
        closed.Stop();
        ClusterView view = PeerNode.View((1, one.Url), (2, two.Url), (3, refusing));
        foreach (PeerNode node in (PeerNode[])[one, two])
        {
            node.Member.Members = view;
            node.Transport.Update(view);
        }

        await ConnectedAsync(one, two);
        await Eventually.TrueAsync(
            () =>
            {
                one.Transport.Send([Append(1, 3, 1, 10)]);
                return one.Member.Unreachable.Contains(3ul);
            },
            "the third does not answer");
        Assert.Empty(one.Member.Gone);
        await two.DisposeAsync();
        await Eventually.TrueAsync(() => one.Member.Gone.Contains(2ul), "its end is reported");
        Assert.DoesNotContain(3ul, one.Member.Gone);
    }

    [Fact]
    public async Task A_peer_is_told_to_be_gone_after_all_that_it_sent_was_received()
    {
        using TcpListener other = new(IPAddress.Loopback, 0);
        other.Start();
        await using PeerNode one = await PeerNode.StartAsync(1);
        ClusterView view = PeerNode.View((1, one.Url), (2, $"http://{other.LocalEndpoint}"));
        one.Member.Members = view;
        one.Transport.Update(view);
        Dictionary<StreamKind, TcpClient> streams = await AcceptBothAsync(other).WaitAsync(TimeSpan.FromSeconds(60));
        int sent = 0;
        foreach ((StreamKind kind, TcpClient stream) in streams)
        {
            FrameBuffer frame = new();
            kind.Writer().WriteHeartbeat(frame);
            sent += frame.Length;
            await AnswerAsync(stream, frame);
        }

        await Eventually.TrueAsync(() => one.Page().Contains($"etcd_network_peer_received_bytes_total{{From=\"2\"}} {sent}\n", StringComparison.Ordinal), "both streams are open");
        other.Stop();
        streams[StreamKind.Append].Dispose();
        await Eventually.TrueAsync(() => one.Transport.ConnectedSince(2) is null, "its address refuses");
        await Eventually.TrueAsync(
            () =>
            {
                one.Transport.Send([Append(1, 2, 1, 10)]);
                return one.Member.Unreachable.Contains(2ul);
            },
            "what is sent to it fails, one attempt after the other");
        Assert.Empty(one.Member.Gone);
        streams[StreamKind.Message].Dispose();
        await Eventually.TrueAsync(() => one.Member.Gone.Contains(2ul), "its end is reported");
    }

    [Fact]
    public async Task A_peer_that_moves_is_followed_and_one_that_is_removed_is_left()
    {
        await using PeerNode one = await PeerNode.StartAsync(1);
        await using PeerNode two = await PeerNode.StartAsync(2);
        ClusterView wrong = PeerNode.View((1, one.Url), (2, "http://127.0.0.1:1"));
        one.Member.Members = wrong;
        one.Transport.Update(wrong);
        PeerNode.Join(one, two);
        await ConnectedAsync(one, two);

        ClusterView alone = PeerNode.View((1, one.Url)) with { Removed = [2] };
        one.Member.Members = alone;
        one.Transport.Update(alone);
        Assert.Null(one.Transport.ConnectedSince(2));
        await Eventually.TrueAsync(() => two.Member.Removed, "the removed member learns of it");
        await Eventually.TrueAsync(() => one.Page().Contains("etcd_network_known_peers{Local=\"1\",Remote=\"2\"} 0", StringComparison.Ordinal), "it is forgotten");
    }

    [Fact]
    public async Task A_member_that_is_not_known_here_is_answered_by_single_messages()
    {
        await using PeerNode one = await PeerNode.StartAsync(1);
        await using PeerNode two = await PeerNode.StartAsync(2);
        ClusterView view = PeerNode.View((1, one.Url), (2, two.Url));
        two.Member.Members = view;
        two.Transport.Update(view);
        // Two dials one, which does not know it and remembers its URLs.
        Heartbeat heartbeat = new(2, 1, 3, 0, default);
        await Eventually.TrueAsync(
            () =>
            {
                one.Transport.Send([heartbeat]);
                return two.Member.Received.Contains(heartbeat);
            },
            "the message arrives");
        Assert.Null(one.Transport.ConnectedSince(2));
        Assert.Empty(one.Member.Unreachable);
    }

    [Fact]
    public async Task Remotes_of_a_cluster_that_is_joined_can_be_sent_to()
    {
        await using PeerNode one = await PeerNode.StartAsync(1);
        await using PeerNode two = await PeerNode.StartAsync(2);
        one.Transport.AddRemotes([new ClusterMember(2, [two.Url], false, "", []), new ClusterMember(3, ["no url"], false, "", [])]);
        Message response = new HeartbeatResponse(2, 1, 4, default);
        one.Transport.Send([new HeartbeatResponse(3, 1, 4, default), response]);
        await Eventually.TrueAsync(() => two.Member.Received.Contains(response), "the message arrives");
    }

    [Fact]
    public async Task A_peer_that_takes_nothing_costs_messages_but_neither_time_nor_memory()
    {
        using TcpListener silent = new(IPAddress.Loopback, 0);
        silent.Start();
        await using PeerNode one = await PeerNode.StartAsync(1, options: new PeerTransportOptions { WriteTimeout = TimeSpan.FromSeconds(1) });
        ClusterView view = PeerNode.View((1, one.Url), (2, $"http://{silent.LocalEndpoint}"));
        one.Member.Members = view;
        one.Transport.Update(view);
        using TcpClient reader = await OpenStreamAsync(one, "msgapp");
        byte[] data = new byte[64 * 1024];

        // The connection's buffers and the queue take the first ones; the rest is dropped, at once.
        long startedAt = TimeProvider.System.GetTimestamp();
        for (ulong i = 1; i <= 20_000; i++)
            one.Transport.Send([new AppendEntries(2, 1, 1, 1, i - 1, [new Entry(1, i, EntryType.Normal, data)], 0)]);
        Assert.InRange(TimeProvider.System.GetElapsedTime(startedAt), TimeSpan.Zero, TimeSpan.FromSeconds(5));
        await Eventually.TrueAsync(() => one.Member.Unreachable.Contains(2ul), "drops are reported");

        // And then the connection itself is given up.
        await Eventually.TrueAsync(() => Ended(reader), "the connection is closed");
    }

    [Fact]
    public async Task A_second_stream_takes_the_place_of_the_first()
    {
        await using PeerNode one = await PeerNode.StartAsync(1);
        ClusterView view = PeerNode.View((1, one.Url), (2, "http://127.0.0.1:1"));
        one.Member.Members = view;
        one.Transport.Update(view);
        using TcpClient first = await OpenStreamAsync(one, "message");
        using TcpClient second = await OpenStreamAsync(one, "message");
        Assert.EndsWith("0\r\n\r\n", await ReadToEndAsync(first));
        one.Transport.Send([new TimeoutNow(2, 1, 1)]);
        byte[] frame = new byte[64];
        Assert.True(await second.GetStream().ReadAsync(frame) > 0);
        Assert.Empty(one.Member.Unreachable);
    }

    [Fact]
    public async Task A_silent_peer_is_given_up()
    {
        using TcpListener silent = new(IPAddress.Loopback, 0);
        silent.Start();
        await using PeerNode one = await PeerNode.StartAsync(1, options: new PeerTransportOptions { ReadTimeout = TimeSpan.FromSeconds(1.5) });
        ClusterView view = PeerNode.View((1, one.Url), (2, $"http://{silent.LocalEndpoint}"));
        one.Member.Members = view;
        one.Transport.Update(view);
        using TcpClient accepted = await AcceptStreamAsync(silent);
        await accepted.GetStream().WriteAsync("HTTP/1.1 200 OK\r\nX-Server-Version: 3.5.30\r\nTransfer-Encoding: chunked\r\n\r\n"u8.ToArray());
        await Eventually.TrueAsync(() => one.Transport.ConnectedSince(2) is not null, "the stream is open");
        await Eventually.TrueAsync(() => Ended(accepted), "the stream is closed");
    }

    [Fact]
    public async Task A_message_that_its_receiver_fails_at_costs_its_connection_and_no_more()
    {
        using TcpListener other = new(IPAddress.Loopback, 0);
        other.Start();
        await using PeerNode one = await PeerNode.StartAsync(1);
        one.Member.Refusal = static _ => throw new InvalidOperationException("nobody expects this");
        ClusterView view = PeerNode.View((1, one.Url), (2, $"http://{other.LocalEndpoint}"));
        one.Member.Members = view;
        one.Transport.Update(view);
        FrameBuffer frame = new();
        StreamKind.Message.Writer().Write(new TimeoutNow(2, 1, 1), frame);
        using (TcpClient first = await AcceptStreamAsync(other, StreamKind.Message.Path()).WaitAsync(TimeSpan.FromSeconds(60)))
        {
            await AnswerAsync(first, frame);
            await Eventually.TrueAsync(() => Ended(first), "the connection is closed");
        }

        using TcpClient second = await AcceptStreamAsync(other, StreamKind.Message.Path()).WaitAsync(TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task A_snapshot_of_many_megabytes_arrives_in_small_pieces()
    {
        await using PeerNode one = await PeerNode.StartAsync(1);
        await using PeerNode two = await PeerNode.StartAsync(2);
        PeerNode.Join(one, two);
        using Backend backend = LargeBackend(40);
        using BackendImage expected = backend.OpenImage();
        uint sum = 0;
        byte[] piece = new byte[64 * 1024];
        for (int read; (read = expected.Read(piece)) > 0;)
            sum = FakeArrival.Checksum(sum, piece.AsSpan(0, read));
        InstallSnapshot message = new(2, 1, 3, new Snapshot(9, 2, Both, new byte[] { 1, 2, 3 }));

        one.Transport.Send(new OutgoingSnapshot(message, backend.OpenImage()));
        await Eventually.TrueAsync(() => one.Member.Snapshots.Contains((2ul, true)), "the snapshot is delivered");
        FakeArrival arrival = Assert.Single(two.Member.Arrivals);
        Assert.Equal((expected.Length, sum, true, true), (arrival.Length, arrival.Sum, arrival.Completed, arrival.Disposed));
        Assert.InRange(arrival.Length, 40 << 20, 200 << 20);
        Assert.InRange(arrival.LargestPiece, 1, 64 * 1024);
        Assert.Equal((9ul, 2ul, 3), (arrival.Message.Snapshot.Index, arrival.Message.Snapshot.Term, arrival.Message.Snapshot.Data.Length));
        Assert.Contains("etcd_network_snapshot_send_success{To=\"2\"} 1", one.Page());
        Assert.Contains("etcd_network_snapshot_receive_success{From=\"1\"} 1", two.Page());
    }

    [Fact]
    public async Task A_snapshot_that_cannot_be_delivered_is_reported()
    {
        await using PeerNode one = await PeerNode.StartAsync(1);
        ClusterView view = PeerNode.View((1, one.Url), (2, "http://127.0.0.1:1"));
        one.Member.Members = view;
        one.Transport.Update(view);
        using Backend backend = LargeBackend(1);
        one.Transport.Send(new OutgoingSnapshot(new(2, 1, 3, new Snapshot(9, 2, Both, default)), backend.OpenImage()));
        one.Transport.Send(new OutgoingSnapshot(new(3, 1, 3, new Snapshot(9, 2, Both, default)), backend.OpenImage()));
        await Eventually.TrueAsync(() => one.Member.Snapshots.Contains((2ul, false)) && one.Member.Snapshots.Contains((3ul, false)), "both failures are reported");
    }

    [Fact]
    public async Task A_snapshot_that_breaks_off_leaves_nothing()
    {
        await using PeerNode two = await PeerNode.StartAsync(2);
        PeerNode.Join(two);
        using TcpClient client = new();
        await client.ConnectAsync(IPEndPoint.Parse(new Uri(two.Url).Authority));
        byte[] message = Raft.Wire.RaftCodec.ToBytes(new InstallSnapshot(2, 1, 3, new Snapshot(9, 2, Both, default)));
        string head = "POST /raft/snapshot HTTP/1.1\r\nHost: x\r\nX-Etcd-Cluster-Id: 732fe94bb7b7fb83\r\nX-Server-Version: 3.5.30\r\nX-Min-Cluster-Version: 3.0.0\r\nContent-Length: 1000000\r\n\r\n";
        await client.GetStream().WriteAsync((byte[])[.. System.Text.Encoding.ASCII.GetBytes(head), 0, 0, 0, 0, 0, 0, 0, (byte)message.Length, .. message, 1, 2, 3]);
        await Eventually.TrueAsync(() => two.Member.Arrivals.Any(static arrival => arrival.Length == 3), "the first bytes arrive");
        client.Close();
        await Eventually.TrueAsync(() => two.Member.Arrivals.Single().Disposed, "the rest is not waited for");
        Assert.False(two.Member.Arrivals.Single().Completed);
        await Eventually.TrueAsync(() => two.Page().Contains("etcd_network_snapshot_receive_failures{From=\"1\"} 1", StringComparison.Ordinal), "it is counted");
    }

    private static AppendEntries Append(ulong from, ulong to, ulong index, int bytes)
    {
        byte[] data = new byte[bytes];
        data.AsSpan().Fill((byte)(index - 1));
        return new AppendEntries(to, from, 7, 7, index - 1, [new Entry(7, index, EntryType.Normal, data)], 0);
    }

    /// <summary>Until messages go through in both directions on the streams.</summary>
    private static async Task ConnectedAsync(PeerNode left, PeerNode right)
    {
        await Eventually.TrueAsync(() => left.Transport.Find(right.Member.MemberId)!.HasStreams, "left is asked for streams");
        await Eventually.TrueAsync(() => right.Transport.Find(left.Member.MemberId)!.HasStreams, "right is asked for streams");
        await Eventually.TrueAsync(() => left.Transport.ConnectedSince(right.Member.MemberId) is not null, "they are connected");
    }

    private static async Task<TcpClient> OpenStreamAsync(PeerNode node, string kind)
    {
        TcpClient client = new() { ReceiveBufferSize = 4096 };
        await client.ConnectAsync(IPEndPoint.Parse(new Uri(node.Url).Authority));
        string head = $"GET /raft/stream/{kind}/2 HTTP/1.1\r\nHost: x\r\nX-Etcd-Cluster-Id: 732fe94bb7b7fb83\r\nX-Server-Version: 3.5.30\r\n"
            + "X-Min-Cluster-Version: 3.0.0\r\nX-Server-From: 2\r\nX-Raft-To: 1\r\n\r\n";
        await client.GetStream().WriteAsync(System.Text.Encoding.ASCII.GetBytes(head));
        byte[] answer = new byte[1024];
        string text = "";
        while (!text.Contains("\r\n\r\n", StringComparison.Ordinal))
        {
            int read = await client.GetStream().ReadAsync(answer);
            Assert.NotEqual(0, read);
            text += System.Text.Encoding.ASCII.GetString(answer, 0, read);
        }
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", text);
        Assert.Contains("Transfer-Encoding: chunked\r\n", text);
        Assert.Contains("X-Server-Version: 3.7.1\r\n", text);
        Assert.Contains("X-Etcd-Cluster-Id: 732fe94bb7b7fb83\r\n", text);
        return client;
    }

    private static async Task<(TcpClient Client, string Head)> AcceptRequestAsync(TcpListener listener)
    {
        TcpClient accepted = await listener.AcceptTcpClientAsync();
        byte[] head = new byte[4096];
        int read = await accepted.GetStream().ReadAsync(head);
        return (accepted, System.Text.Encoding.ASCII.GetString(head, 0, read));
    }

    /// <summary>Opens a stream that was asked for, with a first frame.</summary>
    private static async Task AnswerAsync(TcpClient stream, FrameBuffer frame)
    {
        await stream.GetStream().WriteAsync(System.Text.Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nX-Server-Version: 3.5.30\r\nTransfer-Encoding: chunked\r\n\r\n{frame.Length:x}\r\n"));
        await stream.GetStream().WriteAsync(frame.Written);
        await stream.GetStream().WriteAsync("\r\n"u8.ToArray());
    }

    private static async Task<Dictionary<StreamKind, TcpClient>> AcceptBothAsync(TcpListener listener)
    {
        Dictionary<StreamKind, TcpClient> streams = [];
        while (streams.Count < 2)
        {
            (TcpClient accepted, string text) = await AcceptRequestAsync(listener);
            foreach (StreamKind kind in (StreamKind[])[StreamKind.Append, StreamKind.Message])
            {
                if (text.StartsWith($"GET {kind.Path()}/", StringComparison.Ordinal))
                    streams[kind] = accepted;
            }
        }

        return streams;
    }

    private static async Task<TcpClient> AcceptStreamAsync(TcpListener listener, string path = "/raft/stream/")
    {
        while (true)
        {
            (TcpClient accepted, string text) = await AcceptRequestAsync(listener);
            if (!text.StartsWith($"GET {path}", StringComparison.Ordinal))
                continue;
            Assert.Contains("\r\nX-Etcd-Cluster-Id: 732fe94bb7b7fb83\r\nX-Min-Cluster-Version: 3.0.0\r\nX-Peerurls: http://127.0.0.1:", text);
            Assert.Contains("\r\nX-Server-From: 1\r\nX-Server-Version: 3.7.1\r\nX-Raft-To: 2\r\n", text);
            return accepted;
        }
    }

    private static async Task<string> ReadToEndAsync(TcpClient client)
    {
        using StreamReader text = new(client.GetStream(), System.Text.Encoding.ASCII, leaveOpen: true);
        char[] piece = new char[256];
        string all = "";
        // The end of the body, not of the connection, which may serve another request.
        while (!all.EndsWith("0\r\n\r\n", StringComparison.Ordinal))
        {
            int read = await text.ReadAsync(piece);
            if (read == 0)
                break;
            all += new string(piece, 0, read);
        }
        return all;
    }

    /// <summary>Whether the other end has closed the connection; looks without taking anything.</summary>
    private static bool Ended(TcpClient client)
    {
        try
        {
            Socket socket = client.Client;
            if (!socket.Poll(0, SelectMode.SelectRead))
                return false;
            byte[] waiting = new byte[64 * 1024];
            return socket.Receive(waiting) == 0;
        }
        catch (SocketException)
        {
            return true;
        }
    }

    private static Backend LargeBackend(int megabytes)
    {
        SimFileSystem files = new();
        files.CreateDirectory("/snap");
        Backend backend = Backend.Open(files, "/snap/db", new BackendOptions());
        byte[] value = new byte[1 << 20];
        for (int i = 0; i < megabytes; i++)
        {
            value.AsSpan().Fill((byte)i);
            backend.Put(Bucket.Cluster, BitConverter.GetBytes(i), value);
        }
        backend.CommitNow();
        return backend;
    }
}
