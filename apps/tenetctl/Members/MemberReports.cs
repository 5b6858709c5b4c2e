using Google.Protobuf;
using Google.Protobuf.Collections;
using Tenet.CommandLine;
using Tenet.Ctl.Output;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Ctl.Members;

/// <summary>Results of commands on members.</summary>
internal static class MemberReports
{
    public static Report Added(MemberAddResponse response, string name, string peerUrls, bool isHex) => new()
    {
        Message = response,
        Json = isHex ? json => Write(json, response.Header, response.Member, response.Members) : null,
        Simple = writer =>
        {
            writer.Line($"Member {Padded(response.Member.ID)} added{(response.Member.IsLearner ? " as learner " : " ")}to cluster {Padded(response.Header.ClusterId)}");
            IEnumerable<string> cluster = response.Members.SelectMany(member => member.PeerURLs.Select(url => $"{(member.ID == response.Member.ID ? name : member.Name)}={url}"));
            writer.Line("");
            writer.Line($"ETCD_NAME={GoQuote.Text(name)}");
            writer.Line($"ETCD_INITIAL_CLUSTER={GoQuote.Text(string.Join(',', cluster))}");
            writer.Line($"ETCD_INITIAL_ADVERTISE_PEER_URLS={GoQuote.Text(peerUrls)}");
            writer.Line("ETCD_INITIAL_CLUSTER_STATE=\"existing\"");
        },
    };

    public static Report Removed(ulong member, MemberRemoveResponse response, bool isHex) =>
        Changed(member, response, response.Header, response.Members, "removed from", isHex);

    public static Report Updated(ulong member, MemberUpdateResponse response, bool isHex) =>
        Changed(member, response, response.Header, response.Members, "updated in", isHex);

    public static Report Promoted(ulong member, MemberPromoteResponse response, bool isHex) =>
        Changed(member, response, response.Header, response.Members, "promoted in", isHex);

    public static Report List(MemberListResponse response, bool isHex)
    {
        IReadOnlyList<IReadOnlyList<string>> rows = [.. response.Members.Select(Row)];
        return new()
        {
            Message = response,
            Json = isHex ? json => Write(json, response.Header, null, response.Members) : null,
            Simple = writer =>
            {
                foreach (IReadOnlyList<string> row in rows)
                    writer.Line(string.Join(", ", row));
            },
            Fields = writer => List(writer, response),
            Table = () => [["ID", "Status", "Name", "Peer Addrs", "Client Addrs", "Is Learner"], .. rows],
        };
    }

    private static Report Changed(ulong member, IMessage response, ResponseHeader header, IEnumerable<Member> members, string what, bool isHex) => new()
    {
        Message = response,
        Json = isHex ? json => Write(json, header, null, members) : null,
        Simple = writer => writer.Line($"Member {Padded(member)} {what} cluster {Padded(header.ClusterId)}"),
    };

    private static IReadOnlyList<string> Row(Member member) =>
    [
        member.ID.ToString("x"),
        member.Name.Length == 0 ? "unstarted" : "started",
        member.Name,
        string.Join(',', member.PeerURLs),
        string.Join(',', member.ClientURLs),
        member.IsLearner ? "true" : "false",
    ];

    private static void List(FieldsWriter writer, MemberListResponse response)
    {
        writer.Header(response.Header);
        foreach (Member member in response.Members)
        {
            writer.Identifier("ID", member.ID);
            writer.Quoted("Name", member.Name);
            foreach (string url in member.PeerURLs)
                writer.Quoted("PeerURL", url);
            foreach (string url in member.ClientURLs)
                writer.Quoted("ClientURL", url);
            writer.Value("IsLearner", member.IsLearner);
            writer.Blank();
        }
    }

    /// <summary>With IDs in hexadecimal, which only the answers about members have.</summary>
    private static void Write(GoJsonWriter json, ResponseHeader header, Member? added, IEnumerable<Member> members)
    {
        json.BeginObject().Name("header").BeginObject();
        json.Name("cluster_id").Text(header.ClusterId.ToString("x")).Name("member_id").Text(header.MemberId.ToString("x"));
        if (header.Revision != 0)
            json.Name("revision").Number(header.Revision);
        if (header.RaftTerm != 0)
            json.Name("raft_term").Number(header.RaftTerm);
        json.EndObject();
        if (added is not null)
            Write(json.Name("member"), added);
        json.Name("members").BeginArray();
        foreach (Member member in members)
            Write(json, member);
        json.EndArray().EndObject();
    }

    private static void Write(GoJsonWriter json, Member member)
    {
        json.BeginObject().Name("ID").Text(member.ID.ToString("x"));
        if (member.Name.Length > 0)
            json.Name("name").Text(member.Name);
        Write(json, "peerURLs", member.PeerURLs);
        Write(json, "clientURLs", member.ClientURLs);
        if (member.IsLearner)
            json.Name("isLearner").Truth(true);
        json.EndObject();
    }

    private static void Write(GoJsonWriter json, string name, RepeatedField<string> urls)
    {
        if (urls.Count == 0)
            return;
        json.Name(name).BeginArray();
        foreach (string url in urls)
            json.Text(url);
        json.EndArray();
    }

    private static string Padded(ulong identifier) => identifier.ToString("x").PadLeft(16);
}
