using System.Net;
using System.Net.Sockets;
using System.Text;
using Tenet.Peer.Framing;
using Tenet.Peer.Tests.Support;
using Tenet.Raft;
using Tenet.Raft.Wire;
using Tenet.State.Members;
using Tenet.Tests;

namespace Tenet.Peer.Tests;

/// <summary>The same bytes to the peer ports of real etcd 3.5.30 and of Tenet: the same status and the same body come back, and both live on.</summary>
public sealed class BadInputTests
{
    private const string Introduced = "X-Server-Version: 3.5.30\r\nX-Min-Cluster-Version: 3.0.0\r\nX-Etcd-Cluster-ID: {cluster}\r\nX-Raft-To: {to}\r\n";

    [RealEtcdFact]
    public async Task Bad_input_is_refused_as_etcd_refuses_it()
    {
        await using PeerNode tenet = await PeerNode.StartAsync(0x22b68db6b66424ab);
        await using RealEtcd etcd = await RealEtcd.StartAsync(tenet.Transport.Client);
        ulong id = etcd.Members.Members[0].Id;
        ClusterView view = PeerNode.View((tenet.Member.MemberId, tenet.Url));
        tenet.Member.Members = view;
        tenet.Member.Refusal = message => message.To == tenet.Member.MemberId ? null : "cannot process message to mismatch member";
        tenet.Transport.Update(view);

        // All at once: some of these connections are closed only after a while.
        string?[] differences = await Task.WhenAll(Requests().Select(async request =>
        {
            Answer expected = await SendAsync(etcd.PeerUrl, Filled(request.Head, etcd.Members.ClusterId, id), request.Body);
            Answer found = await SendAsync(tenet.Url, Filled(request.Head, tenet.Member.ClusterId, tenet.Member.MemberId), request.Body);
            return expected == found ? null : $"{request.Name}: etcd {expected}, Tenet {found}";
        }));
        Assert.Empty(differences.OfType<string>());
        // Both still answer, and nothing of it reached the member.
        Assert.Single((await tenet.Transport.Client.GetMembersAsync(etcd.PeerUrl, CancellationToken.None)).Members);
        Assert.Single((await tenet.Transport.Client.GetMembersAsync(tenet.Url, CancellationToken.None)).Members);
        Assert.Empty(tenet.Member.Received);
        Assert.Empty(tenet.Member.Arrivals);
    }

    private static IEnumerable<(string Name, string Head, byte[] Body)> Requests()
    {
        static (string, string, byte[]) Of(string name, string line, string headers = Introduced, byte[]? body = null) => (name, $"{line} HTTP/1.1\r\nHost: x\r\n{headers}", body ?? []);

        yield return ("garbage", "\u0001\u0002\u0003 nothing of the kind\r\n", []);
        yield return ("no such page", "GET /else HTTP/1.1\r\nHost: x\r\n", []);
        yield return Of("members with a slash", "GET /members/");
        yield return Of("unknown page below raft", "GET /raft/else");
        yield return Of("post to members", "POST /members");
        yield return Of("get of a message", "GET /raft");
        yield return Of("get of a snapshot", "GET /raft/snapshot");
        yield return Of("post of a stream", "POST /raft/stream/msgapp/1");
        yield return Of("get of leases", "GET /leases");
        foreach (string line in new[] { "GET /raft/stream/msgapp/1", "GET /raft/stream/message/1", "POST /raft", "POST /raft/snapshot" })
        {
            yield return Of($"{line} without versions", line, "X-Etcd-Cluster-ID: {cluster}\r\n");
            yield return Of($"{line} from the past", line, "X-Server-Version: 2.3.8\r\nX-Min-Cluster-Version: 2.3.0\r\nX-Etcd-Cluster-ID: {cluster}\r\n");
            yield return Of($"{line} from the future", line, "X-Server-Version: 9.0.0\r\nX-Min-Cluster-Version: 9.0.0\r\nX-Etcd-Cluster-ID: {cluster}\r\n");
            yield return Of($"{line} with a version that is none", line, "X-Server-Version: three\r\nX-Min-Cluster-Version: 3.0.0\r\nX-Etcd-Cluster-ID: {cluster}\r\n");
            yield return Of($"{line} of another cluster", line, "X-Server-Version: 3.5.30\r\nX-Min-Cluster-Version: 3.0.0\r\nX-Etcd-Cluster-ID: 1234\r\n");
            yield return Of($"{line} of no cluster", line, "X-Server-Version: 3.5.30\r\nX-Min-Cluster-Version: 3.0.0\r\n");
        }
        yield return Of("unknown member", "GET /raft/stream/message/1234");
        yield return Of("member that is no number", "GET /raft/stream/message/xyz");
        yield return Of("unknown stream", "GET /raft/stream/other/1234");
        yield return Of("message that is none", "POST /raft", body: [0xff, 0xff, 0xff]);
        yield return Of("message to another member", "POST /raft", body: RaftCodec.ToBytes(new Heartbeat(0x1234, 0x5678, 1, 0, default)));
        yield return Of("empty snapshot", "POST /raft/snapshot");
        yield return Of("snapshot cut off", "POST /raft/snapshot", body: [0, 0, 0, 0, 0, 0, 0, 50, 8, 7]);
        yield return Of("snapshot of unbelievable size", "POST /raft/snapshot", body: [0xff, 0, 0, 0, 0, 0, 0, 50, 8, 7]);
        FrameBuffer heartbeat = new();
        MessageFrameWriter.WriteTo(heartbeat, new Heartbeat(1, 2, 1, 0, default));
        yield return Of("snapshot that is another message", "POST /raft/snapshot", body: heartbeat.Written.ToArray());
        yield return Of("lease request that is none", "POST /leases", body: [0xff]);
        yield return Of("lease question without a lease", "POST /leases/internal");
        yield return Of("hash request that is none", "GET /members/hashkv", body: "nothing"u8.ToArray());
        yield return Of("hash request of another cluster", "GET /members/hashkv", "X-Etcd-Cluster-ID: 1234\r\n", "{\"revision\":0}"u8.ToArray());
        yield return Of("promotion of a member that is no number", "POST /members/promote/xyz");
        yield return Of("promotion of nobody", "POST /members/promote/77");
        yield return Of("headers without end", "GET /members", string.Concat(Enumerable.Range(0, 40).Select(static i => $"X-{i}: {new string('x', 60_000)}\r\n")));
    }

    private static string Filled(string head, ulong cluster, ulong to) =>
        head.Replace("{cluster}", HexId.Text(cluster), StringComparison.Ordinal).Replace("{to}", HexId.Text(to), StringComparison.Ordinal);

    private static async Task<Answer> SendAsync(string url, string head, byte[] body)
    {
        using TcpClient client = new();
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(20));
        await client.ConnectAsync(IPEndPoint.Parse(new Uri(url).Authority));
        byte[] request = [.. Encoding.Latin1.GetBytes($"{head}Content-Length: {body.Length}\r\nConnection: close\r\n\r\n"), .. body];
        MemoryStream answer = new();
        try
        {
            await client.GetStream().WriteAsync(request, patience.Token);
            await client.GetStream().CopyToAsync(answer, patience.Token);
        }
        catch (IOException)
        {
            // Closed while something was still under way: what came before counts.
        }
        return Answer.Parse(Encoding.Latin1.GetString(answer.ToArray()));
    }

    /// <summary>A status, 0 for none, and a body.</summary>
    private sealed record Answer(int Status, string Body)
    {
        public static Answer Parse(string text)
        {
            if (text.Length == 0)
                return new Answer(0, "");
            int status = int.Parse(text.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
            int end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            string body = text[(end + 4)..];
            if (text[..end].Contains("chunked", StringComparison.OrdinalIgnoreCase) && body.Length > 0)
            {
                int line = body.IndexOf("\r\n", StringComparison.Ordinal);
                int length = Convert.ToInt32(body[..line], 16);
                body = body.Substring(line + 2, length);
            }
            // A request that cannot be read is nobody's: what Go adds to such a status says nothing more.
            return new Answer(status, text[..end].Contains("nosniff", StringComparison.OrdinalIgnoreCase) ? body : "");
        }
    }
}
