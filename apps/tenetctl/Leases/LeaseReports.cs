using Tenet.CommandLine;
using Tenet.Ctl.Output;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Ctl.Leases;

/// <summary>Results of commands on leases. Their json is that of etcd's client, which puts the header's fields among the others.</summary>
internal static class LeaseReports
{
    public static Report Grant(LeaseGrantResponse response) => new()
    {
        Message = response.Header,
        Simple = writer => writer.Line($"lease {response.ID:x16} granted with TTL({response.TTL}s)"),
        Fields = writer =>
        {
            writer.Header(response.Header);
            writer.Lease("ID", response.ID);
            writer.Value("TTL", response.TTL);
        },
        Json = json =>
        {
            Begin(json, response.Header).Name("ID").Number(response.ID).Name("TTL").Number(response.TTL);
            json.Name("Error").Text(response.Error).EndObject();
        },
    };

    public static Report Revoke(long lease, LeaseRevokeResponse response) => new()
    {
        Message = response,
        ProtobufRefusal = $"marshal unsupported for type *clientv3.LeaseRevokeResponse ({response})",
        Simple = writer => writer.Line($"lease {lease:x16} revoked"),
        Fields = writer => writer.Header(response.Header),
    };

    public static Report KeepAlive(LeaseKeepAliveResponse response) => new()
    {
        Message = response.Header,
        Simple = writer => writer.Line($"lease {response.ID:x16} keepalived with TTL({response.TTL})"),
        Fields = writer =>
        {
            writer.Header(response.Header);
            writer.Lease("ID", response.ID);
            writer.Value("TTL", response.TTL);
        },
        Json = json => Begin(json, response.Header).Name("ID").Number(response.ID).Name("TTL").Number(response.TTL).EndObject(),
    };

    public static Report TimeToLive(LeaseTimeToLiveResponse response, bool showsKeys) => new()
    {
        Message = response.Header,
        Simple = writer =>
        {
            if (response is { GrantedTTL: 0, TTL: -1 })
            {
                writer.Line($"lease {response.ID:x16} already expired");
                return;
            }
            writer.Output.Write($"lease {response.ID:x16} granted with TTL({response.GrantedTTL}s), remaining({response.TTL}s)");
            if (showsKeys)
                writer.Output.Write($", attached keys([{string.Join(' ', response.Keys.Select(static key => RawText.Decode(key.Span)))}])");
            writer.Line("");
        },
        Fields = writer =>
        {
            writer.Header(response.Header);
            writer.Lease("ID", response.ID);
            writer.Value("TTL", response.TTL);
            writer.Value("GrantedTTL", response.GrantedTTL);
            foreach (Google.Protobuf.ByteString key in response.Keys)
                writer.Quoted("Key", key);
        },
        Json = json =>
        {
            Begin(json, response.Header).Name("id").Number(response.ID).Name("ttl").Number(response.TTL).Name("granted-ttl").Number(response.GrantedTTL).Name("keys");
            if (response.Keys.Count == 0)
                json.Null();
            else
            {
                json.BeginArray();
                foreach (Google.Protobuf.ByteString key in response.Keys)
                    json.Bytes(key.Span);
                json.EndArray();
            }
            json.EndObject();
        },
    };

    public static Report List(LeaseLeasesResponse response) => new()
    {
        Message = response.Header,
        Simple = writer =>
        {
            writer.Line($"found {response.Leases.Count} leases");
            foreach (LeaseStatus lease in response.Leases)
                writer.Line($"{lease.ID:x16}");
        },
        Fields = writer =>
        {
            writer.Header(response.Header);
            foreach (LeaseStatus lease in response.Leases)
                writer.Lease("ID", lease.ID);
        },
        Json = json =>
        {
            Begin(json, response.Header).Name("leases").BeginArray();
            foreach (LeaseStatus lease in response.Leases)
                json.BeginObject().Name("id").Number(lease.ID).EndObject();
            json.EndArray().EndObject();
        },
    };

    /// <summary>An object that begins with the header's fields; the caller goes on, and ends it.</summary>
    private static GoJsonWriter Begin(GoJsonWriter json, ResponseHeader header)
    {
        json.BeginObject();
        GoJson.WriteFields(json, header);
        return json;
    }
}
