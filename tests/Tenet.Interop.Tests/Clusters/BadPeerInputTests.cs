using System.Buffers.Binary;
using System.Text;
using Google.Protobuf;
using Tenet.Interop.Tests.Processes;
using Tenet.Interop.Tests.Wire;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Raftpb;

namespace Tenet.Interop.Tests.Clusters;

/// <summary>What no proper peer sends: real etcd and Tenet, members of one cluster, answer it alike, and the cluster goes on.</summary>
public sealed class BadPeerInputTests
{
    [InteropFact]
    [Trait("Run", "Long")]
    public Task What_comes_to_the_peer_port_is_refused_alike_and_harms_nothing() => Cluster.RunAsync(
        new() { StrictReconfigurationCheck = false }, Composition.Programs(Composition.TTN), async cluster =>
        {
            ClusterMember tenet = cluster.Members[0];
            ClusterMember etcd = cluster.Members[2];
            // The same one leads whoever is asked.
            await cluster.MoveLeaderAsync(cluster.Members[1]);
            ulong removed = await RemovedMemberAsync(cluster);
            string clusterId = (await etcd.StatusAsync()).Header.ClusterId.ToString("x");
            (string What, bool SameBody, Func<ulong, byte[]> Request)[] cases = [.. Cases(clusterId, cluster.Members[1].Id, removed)];
            string[] expected = await AskAllAsync(etcd, cases);
            string[] actual = await AskAllAsync(tenet, cases);
            StringBuilder differences = new();
            for (int i = 0; i < cases.Length; i++)
            {
                if (expected[i] != actual[i])
                    differences.AppendLine($"{cases[i].What}\n    etcd:  {expected[i]}\n    {tenet.Binary}: {actual[i]}");
            }
            Assert.True(differences.Length == 0, differences.ToString());
            await Services.WorkThroughAllAsync(cluster, "afterwards");
            await cluster.ConvergedAsync();
            Assert.All(cluster.Members, member => Assert.True(member.IsRunning));
        });

    /// <summary>All at once, because etcd takes 5 s to drop some of the connections.</summary>
    private static Task<string[]> AskAllAsync(ClusterMember member, (string What, bool SameBody, Func<ulong, byte[]> Request)[] cases) =>
        Task.WhenAll(cases.Select(async one =>
        {
            string[] headers = one.SameBody ? ["Content-Type", "Allow", "X-Etcd-Cluster-Id", "X-Content-Type-Options"] : [];
            string answer = await RawHttp.AskAsync(member.PeerPort, one.Request(member.Id), headers);
            return one.SameBody ? answer : answer.Split(';')[0];
        }));

    private static async Task<ulong> RemovedMemberAsync(Cluster cluster)
    {
        EtcdClient client = cluster.Members[1].Client;
        ulong id = (await client.AddMemberAsync("http://127.0.0.1:1", learner: true)).Value.Member.ID;
        Assert.Equal(0, (await client.RemoveMemberAsync(id)).Status);
        await cluster.ConvergedAsync();
        return id;
    }

    /// <summary>What it is, whether status, headers and body must be the same or only the status, and the bytes for a member with the given id.</summary>
    private static IEnumerable<(string What, bool SameBody, Func<ulong, byte[]> Request)> Cases(string cluster, ulong from, ulong removed)
    {
        const ulong Unknown = 0xabcdef;
        string peer = Headers(cluster, "3.5.30", "3.0.0", from);
        string other = Headers("1234", "3.5.30", "3.0.0", from);
        yield return ("no HTTP", false, _ => [0x16, 0x03, 0x01, 0x00, 0x05, .. "hello\r\n\r\n"u8]);
        yield return ("a path that is not there", true, _ => Get("/nowhere", ""));
        yield return ("the root", true, _ => Get("/", ""));
        yield return ("a header of 2 MB", false, _ => Get("/version", $"X-Long: {new string('x', 2 << 20)}\r\n"));

        foreach (string stream in new[] { "msgapp", "message" })
        {
            string path = $"/raft/stream/{stream}/{from:x}";
            yield return ($"{stream}: no headers", true, _ => Get(path, ""));
            yield return ($"{stream}: another cluster", true, to => Get(path, other + To(to)));
            yield return ($"{stream}: the cluster's id in capitals", true, to => Get(path, Headers(cluster.ToUpperInvariant(), "3.5.30", "3.0.0", from) + To(to)));
            yield return ($"{stream}: too old", true, to => Get(path, Headers(cluster, "2.9.9", "2.0.0", from) + To(to)));
            yield return ($"{stream}: wants newer ones", true, to => Get(path, Headers(cluster, "3.9.0", "3.9.0", from) + To(to)));
            yield return ($"{stream}: no version", false, to => Get(path, Headers(cluster, "new", "3.0.0", from) + To(to)));
            yield return ($"{stream}: no minimum version", false, to => Get(path, Headers(cluster, "3.5.30", "old", from) + To(to)));
            yield return ($"{stream}: meant for another", true, _ => Get(path, peer + To(Unknown)));
            yield return ($"{stream}: meant for nobody", true, _ => Get(path, peer));
            yield return ($"{stream}: from nobody known", true, to => Get($"/raft/stream/{stream}/{Unknown:x}", peer + To(to)));
            yield return ($"{stream}: from a removed member", true, to => Get($"/raft/stream/{stream}/{removed:x}", peer + To(to)));
            yield return ($"{stream}: from no number", true, to => Get($"/raft/stream/{stream}/zz", peer + To(to)));
            yield return ($"{stream}: from nobody", true, to => Get($"/raft/stream/{stream}/", peer + To(to)));
            yield return ($"{stream}: posted", true, to => Post(path, peer + To(to), []));
        }
        yield return ("a stream of another kind", true, to => Get($"/raft/stream/gossip/{from:x}", peer + To(to)));
        yield return ("no kind of stream", true, to => Get("/raft/stream/", peer + To(to)));

        yield return ("message: got", true, _ => Get("/raft", peer));
        yield return ("message: no headers", true, to => Post("/raft", "", Heartbeat(to, from)));
        yield return ("message: another cluster", true, to => Post("/raft", other, Heartbeat(to, from)));
        yield return ("message: garbage", true, _ => Post("/raft", peer, [0xff, 0xff, 0xff, 1, 2, 3]));
        yield return ("message: cut off", true, to => Post("/raft", peer, Heartbeat(to, from)[..^3]));
        yield return ("message: for another", true, _ => Post("/raft", peer, Heartbeat(Unknown, from)));
        yield return ("message: from a removed member", true, to => Post("/raft", peer, Heartbeat(to, removed)));
        yield return ("message: from nobody known", true, to => Post("/raft", peer, Heartbeat(to, Unknown)));
        yield return ("message: less than announced", false, to => Post("/raft", peer, Heartbeat(to, from), announce: 4));

        yield return ("snapshot: got", true, _ => Get("/raft/snapshot", peer));
        yield return ("snapshot: no headers", true, _ => Post("/raft/snapshot", "", []));
        yield return ("snapshot: another cluster", true, _ => Post("/raft/snapshot", other, []));
        yield return ("snapshot: empty", true, _ => Post("/raft/snapshot", peer, []));
        yield return ("snapshot: shorter than it says", true, _ => Post("/raft/snapshot", peer, [.. Length(100), 1, 2, 3]));
        yield return ("snapshot: garbage", false, _ => Post("/raft/snapshot", peer, [.. Length(4), 0xff, 0xff, 0xff, 0xff]));
        yield return ("snapshot: too long to be true", true, _ => Post("/raft/snapshot", peer, Length(1UL << 60)));
        yield return ("snapshot: another message", true, to => Post("/raft/snapshot", peer, [.. Length((ulong)Heartbeat(to, from).Length), .. Heartbeat(to, from)]));

        yield return ("members: posted", true, _ => Post("/members", "", []));
        yield return ("members: with a slash", true, _ => Get("/members/", ""));
        yield return ("promote: got", true, _ => Get("/members/promote/1", ""));
        yield return ("promote: no number", true, _ => Post("/members/promote/xyz", "", []));
        yield return ("promote: nobody known", true, _ => Post("/members/promote/12345", "", []));
        yield return ("promote: a voter", true, _ => Post($"/members/promote/{from}", "", []));
        yield return ("promote: nobody", true, _ => Post("/members/promote/", "", []));

        yield return ("hash: posted", true, _ => Post("/members/hashkv", "", []));
        yield return ("hash: another cluster", true, _ => Get("/members/hashkv", "X-Etcd-Cluster-ID: 1234\r\n", """{"revision":0}"""));
        yield return ("hash: no JSON", true, _ => Get("/members/hashkv", "", "revision"));
        yield return ("hash: in the future", true, _ => Get("/members/hashkv", "", """{"revision":100000}"""));

        yield return ("lease: got", true, _ => Get("/leases", ""));
        yield return ("lease: garbage", true, _ => Post("/leases", "", [0xff, 0xff, 0xff]));
        yield return ("lease: unknown", true, _ => Post("/leases", "", new LeaseKeepAliveRequest { ID = 4711 }.ToByteArray()));
        yield return ("lease inside: got", true, _ => Get("/leases/internal", ""));
        yield return ("lease inside: garbage", true, _ => Post("/leases/internal", "", [0xff, 0xff, 0xff]));
        yield return ("lease inside: unknown", true, _ => Post("/leases/internal", "", [0x0a, 0x03, 0x08, 0xe7, 0x24]));
        yield return ("lease inside: empty", false, _ => Post("/leases/internal", "", []));

        yield return ("downgrade: posted", true, _ => Post("/downgrade/enabled", "", []));
        yield return ("version: posted", true, _ => Post("/version", "", []));
    }

    private static string Headers(string cluster, string version, string minimum, ulong from) =>
        $"X-Etcd-Cluster-ID: {cluster}\r\nX-Server-From: {from:x}\r\nX-Server-Version: {version}\r\nX-Min-Cluster-Version: {minimum}\r\n";

    private static string To(ulong member) => $"X-Raft-To: {member:x}\r\n";

    private static byte[] Get(string path, string headers, string body = "") => Encoding.ASCII.GetBytes(
        $"GET {path} HTTP/1.1\r\nHost: peer\r\n{headers}{(body.Length == 0 ? "" : $"Content-Length: {body.Length}\r\n")}\r\n{body}");

    private static byte[] Post(string path, string headers, byte[] body, int announce = 0) =>
        [.. Encoding.ASCII.GetBytes($"POST {path} HTTP/1.1\r\nHost: peer\r\nConnection: close\r\nContent-Length: {body.Length + announce}\r\n{headers}\r\n"), .. body];

    private static byte[] Length(ulong length)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, length);
        return bytes;
    }

    /// <summary>A message that means nothing to anybody: a heartbeat response of a term that is over.</summary>
    private static byte[] Heartbeat(ulong to, ulong from) => new Message { Type = MessageType.MsgHeartbeatResp, To = to, From = from, Term = 1 }.ToByteArray();
}
