using Google.Protobuf.Reflection;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.V3electionpb;
using Tenet.Protocol.V3lockpb;

namespace Tenet.Interop.Tests.Gateway;

/// <summary>The requests: for each binding of etcd's gateway everything that a body can get wrong, and for each a story of good calls.</summary>
internal static class GatewayScript
{
    /// <summary>Path and method of every binding, written down once more, so that the table under test is not its own judge.</summary>
    public static IReadOnlyList<(string Path, string Method)> Bindings { get; } =
    [
        ("/v3/kv/range", "KV/Range"), ("/v3/kv/put", "KV/Put"), ("/v3/kv/deleterange", "KV/DeleteRange"), ("/v3/kv/txn", "KV/Txn"),
        ("/v3/kv/compaction", "KV/Compact"), ("/v3/watch", "Watch/Watch"), ("/v3/lease/grant", "Lease/LeaseGrant"),
        ("/v3/lease/revoke", "Lease/LeaseRevoke"), ("/v3/kv/lease/revoke", "Lease/LeaseRevoke"), ("/v3/lease/keepalive", "Lease/LeaseKeepAlive"),
        ("/v3/lease/timetolive", "Lease/LeaseTimeToLive"), ("/v3/kv/lease/timetolive", "Lease/LeaseTimeToLive"),
        ("/v3/lease/leases", "Lease/LeaseLeases"), ("/v3/kv/lease/leases", "Lease/LeaseLeases"),
        ("/v3/cluster/member/add", "Cluster/MemberAdd"), ("/v3/cluster/member/remove", "Cluster/MemberRemove"),
        ("/v3/cluster/member/update", "Cluster/MemberUpdate"), ("/v3/cluster/member/list", "Cluster/MemberList"),
        ("/v3/cluster/member/promote", "Cluster/MemberPromote"), ("/v3/maintenance/alarm", "Maintenance/Alarm"),
        ("/v3/maintenance/status", "Maintenance/Status"), ("/v3/maintenance/defragment", "Maintenance/Defragment"),
        ("/v3/maintenance/hash", "Maintenance/Hash"), ("/v3/maintenance/hashkv", "Maintenance/HashKV"),
        ("/v3/maintenance/snapshot", "Maintenance/Snapshot"), ("/v3/maintenance/transfer-leadership", "Maintenance/MoveLeader"),
        ("/v3/maintenance/downgrade", "Maintenance/Downgrade"), ("/v3/auth/enable", "Auth/AuthEnable"), ("/v3/auth/disable", "Auth/AuthDisable"),
        ("/v3/auth/status", "Auth/AuthStatus"), ("/v3/auth/authenticate", "Auth/Authenticate"), ("/v3/auth/user/add", "Auth/UserAdd"),
        ("/v3/auth/user/get", "Auth/UserGet"), ("/v3/auth/user/list", "Auth/UserList"), ("/v3/auth/user/delete", "Auth/UserDelete"),
        ("/v3/auth/user/changepw", "Auth/UserChangePassword"), ("/v3/auth/user/grant", "Auth/UserGrantRole"),
        ("/v3/auth/user/revoke", "Auth/UserRevokeRole"), ("/v3/auth/role/add", "Auth/RoleAdd"), ("/v3/auth/role/get", "Auth/RoleGet"),
        ("/v3/auth/role/list", "Auth/RoleList"), ("/v3/auth/role/delete", "Auth/RoleDelete"), ("/v3/auth/role/grant", "Auth/RoleGrantPermission"),
        ("/v3/auth/role/revoke", "Auth/RoleRevokePermission"), ("/v3/lock/lock", "Lock/Lock"), ("/v3/lock/unlock", "Lock/Unlock"),
        ("/v3/election/campaign", "Election/Campaign"), ("/v3/election/proclaim", "Election/Proclaim"), ("/v3/election/leader", "Election/Leader"),
        ("/v3/election/observe", "Election/Observe"), ("/v3/election/resign", "Election/Resign"),
    ];

    /// <summary>Calls that wait for somebody when nothing is asked for.</summary>
    private static readonly HashSet<string> Waiting = new(
        ["/v3/watch", "/v3/lock/lock", "/v3/election/campaign", "/v3/election/observe"], StringComparer.Ordinal);

    private static readonly string[] Malformed =
    [
        "xx", "[]", "{", "{\"a\"", "{\"a\":1,}", "{,}", "{\"a\" 1}", "{'a':1}", "\"text\"", "12", "1.", "-x", "1e+x", "tru", "nulL", "null", "[1,2",
        "{\"a\":\"\u0001\"}", "{\"a\":\"\\x\"}", "{\"a\":\"\\u12g4\"}", "{\"a\":\"\\ud800\\u0041 tail\"}", "{\"a\":\"\u00ff\"}", "{\"a\":[1 2]}", "\u00e4", "\u0007", "\u00ad",
        "{\"a\":nul }", "  \n\t {]",
    ];

    private static readonly string[] Blank = ["", " \r\n\t", "{}", "{} {\"key\":1}", "{\"nope\":{\"a\":[1,2,{\"b\":\"\\u00e9\\\"\"}],\"c\":null},\"header\":false}"];

    /// <summary>Values of which most fit no field at all.</summary>
    private static readonly string[] Values = ["{}", "[[]]", "\"!!\"", "1.5", "true", "null", "\" 7\"", "-1", "\"99999999999999999999\"", "1e40", "[\"!!\",1]", "[null]"];

    public static IEnumerable<GatewayRequest> Bad()
    {
        foreach ((string path, string method) in Bindings)
        {
            bool waits = Waiting.Contains(path);
            if (path != "/v3/watch")
            {
                foreach (string body in Malformed)
                    yield return new(path, body);
            }

            foreach (string body in waits ? [] : Blank)
                yield return new(path, body);
            foreach (string verb in new[] { "GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS" })
                yield return new(path, "") { Method = verb };
            if (path == "/v3/watch")
                continue;
            foreach (FieldDescriptor field in Request(method).Fields.InDeclarationOrder())
            {
                // Of an alarm request with an unknown action real etcd dies when it applies it.
                IEnumerable<string> values = path == "/v3/maintenance/alarm" ? Values.Where(value => value != "-1") : Values;
                foreach (string value in values.Where(value => !waits || IsRefused(field, value)))
                    yield return new(path, $"{{\"{field.Name}\":{value}}}");
                yield return new(path, $"{{\"{field.Name}\": [[]],\n \"{field.JsonName}\":1}}");
                if (!waits)
                    yield return new(path, $"{{\"{field.Name}\":null,\"é\":1, \"{field.JsonName}\":null}}");
            }
        }

        yield return new("/v3/", "{}");
        yield return new("/v3/kv", "{}");
        yield return new("/v3/kv/range/", "{}");
        yield return new("/v3/kv/rangestream", "{}");
        yield return new("/v3/nope/nope", "{}") { Method = "GET" };
        yield return new("/v4/kv/range", "{}");
    }

    /// <summary>Bodies that lie at the edges of what protojson takes, and headers.</summary>
    public static IEnumerable<GatewayRequest> Edges()
    {
        yield return new("/v3/kv/put", """{"key":"Zm9v","value":"YmFy"}""");
        yield return new("/v3beta/kv/range", """{"key":"Zm9v"}""");
        yield return new("/v3/kv%2Frange", """{"key":"Zm9v"}""");
        foreach (string key in new[] { "Zm9v", "Zm9v\\n", "Z\\r\\nm9v", "Zg==", "Zg", "Zh==", "Zg=", "Zg===", "=", "====", "Z", "_-8", "_-8=", "/+8=", "/-8=", "Zm9v ", "Zm9\\u0076", "Zm\\/v", "Zm 9v", "Zm9v=", "Zm9vZg=\\n=" })
            yield return new("/v3/kv/range", $"{{\"key\":\"{key}\"}}");
        foreach (string number in new[] { "0", "1.0", "\"1e0\"", "10e-1", "0.1e1", "-0", "\"-0\"", "1e0", "\"+1\"", "\"01\"", "\"\"", "\"1 \"", "\"0x1\"", "1e-1", "100e-2", "9223372036854775807", "9223372036854775808", "\"1e18\"", "1e19", "0e99999999999", "1e99999999999", "\"1\\u0030\"", "\"null\"", "\"true\"" })
            yield return new("/v3/kv/range", $"{{\"key\":\"Zm9v\",\"limit\":{number}}}");
        foreach (string order in new[] { "\"ASCEND\"", "\"ascend\"", "1", "\"1\"", "1.0", "99", "-1", "1.5", "4294967296", "true", "\"\"" })
            yield return new("/v3/kv/range", $"{{\"key\":\"Zm9v\",\"sort_order\":{order}}}");
        foreach (string name in new[] { "range_end", "rangeEnd", "RangeEnd", "range-end", "rangeend", "[range_end]", "range_\\u0065nd", "range_end\\u0000" })
            yield return new("/v3/kv/range", $"{{\"key\":\"Zm9v\",\"{name}\":\"AA==\"}}");
        yield return new("/v3/kv/range", """{"key":"Zm9v","rangeEnd":"AA==","range_end":"AA=="}""");
        yield return new("/v3/kv/range", "\n\n {\n\t\"key\": \"!!\"}");
        yield return new("/v3/kv/range", "{\"\u00c3\u00a9\":1,\"key\":\"!!\"}");
        yield return new("/v3/kv/range", """{"key":"Zm9v"} trailing""");
        yield return new("/v3/kv/range", $"{{\"x\":{new string('[', 9_999)}{new string(']', 9_999)},\"key\":\"Zm9v\"}}");
        yield return new("/v3/kv/range", $"{{\"x\":{new string('[', 10_000)}");
        yield return new("/v3/kv/txn", """{"compare":[{"key":"Zm9v","version":0,"mod_revision":1}]}""");
        yield return new("/v3/kv/txn", """{"compare":[{"key":"Zm9v","version":0,"version":1}]}""");
        yield return new("/v3/kv/txn", """{"success":[{}]}""");
        yield return new("/v3/kv/txn", """{"success":[{"request_range":{"key":"Zm9v"},"requestPut":{}}]}""");
        yield return new("/v3/kv/txn", """{"success":[null]}""");
        yield return new("/v3/kv/txn", """{"success":[{"request_txn":{"success":[{"request_txn":{"success":[{"request_range":{"key":"!!"}}]}}]}}]}""");
        foreach (string timeout in new[] { "1n", "xx", "0S", "9", "S", "5S", "-5S", "1m2", "99999999999999999999S" })
            yield return new("/v3/kv/range", """{"key":"Zm9v"}""") { Headers = [("Grpc-Timeout", timeout)] };
        foreach (string value in new[] { "???", "Zg==", "Zg" })
            yield return new("/v3/kv/range", """{"key":"Zm9v"}""") { Headers = [("Grpc-Metadata-Foo-Bin", value)] };
        yield return new("/v3/kv/range", """{"key":"Zm9v"}""") { Headers = [("Grpc-Metadata-hasleader", "true")] };
        yield return new("/v3/kv/range", """{"key":"Zm9v"}""") { Headers = [("TE", "trailers")] };
        yield return new("/v3/kv/range", """{"key":"Zm9v"}""") { Headers = [("Authorization", "whatever")] };
        yield return new("/v3/kv/range", """{"key":"Zm9v"}""") { Headers = [("Content-Type", "application/x-www-form-urlencoded")] };
        yield return new("/v3/kv/range", """{"key":"Zm9v"}""") { Headers = [("Content-Type", "application/x-www-form-urlencoded"), ("X-HTTP-Method-Override", "POST")] };
        yield return new("/v3/kv/range", """{"key":"Zm9v"}""") { Headers = [("Content-Type", "application/x-www-form-urlencoded"), ("X-HTTP-Method-Override", "get")] };
        yield return new("/v3/kv/range", """{"key":"Zm9v"}""") { Headers = [("Content-Type", "application/json"), ("X-HTTP-Method-Override", "GET")] };
        yield return new("/v3/kv/range", """{"key":"Zm9v"}""") { Headers = [("Content-Type", "text/html"), ("Accept", "text/html")] };
        yield return new("/v3/kv/put", $"{{\"key\":\"Zm9v\",\"value\":\"{Convert.ToBase64String(new byte[1_000_000])}\"}}");
        yield return new("/v3/kv/range", """{"key":"Zm9v"}""");
        yield return new("/v3/kv/put", $"{{\"key\":\"Zm9v\",\"value\":\"{Convert.ToBase64String(new byte[1_600_000])}\"}}");
        yield return new("/v3/kv/put", $"{{\"key\":\"Zm9v\",\"value\":\"{Convert.ToBase64String(new byte[3_000_000])}\"}}");
        yield return new("/v3/kv/put", """{"key":"Zm9v","value":"YmFy"}""");
    }

    public static IEnumerable<GatewayRequest> Story()
    {
        yield return new("/v3/kv/put", """{"key":"YQ==","value":"MQ==","prev_kv":true}""");
        yield return new("/v3/kv/put", """{"key":"YQ==","value":"Mg==","prevKv":true}""");
        yield return new("/v3/kv/put", """{"key":"YQ==","ignore_value":true,"value":"Mg=="}""");
        yield return new("/v3/kv/put", """{"key":"bm9uZQ==","ignore_value":true}""");
        yield return new("/v3/kv/put", """{"key":"YQ==","lease":"4242"}""");
        yield return new("/v3/kv/put", """{"key":"Yg==","value":""}""");
        foreach (string rest in new[] { "", ",\"limit\":\"1\"", ",\"count_only\":true", ",\"keys_only\":true", ",\"sort_order\":\"DESCEND\",\"sort_target\":\"VALUE\"", ",\"min_mod_revision\":3", ",\"revision\":2", ",\"revision\":999", ",\"serializable\":true" })
            yield return new("/v3/kv/range", $"{{\"key\":\"AA==\",\"range_end\":\"AA==\"{rest}}}");
        yield return new("/v3/kv/txn", """{"compare":[{"target":"VALUE","result":"EQUAL","key":"YQ==","value":"Mg=="}],"success":[{"request_put":{"key":"Yw==","value":"Mw==","prev_kv":true}},{"request_range":{"key":"Yw=="}},{"request_delete_range":{"key":"Yg==","prev_kv":true}},{"request_txn":{"failure":[{"request_range":{"key":"YQ=="}}]}}],"failure":[]}""");
        yield return new("/v3/kv/txn", """{"compare":[{"target":2,"result":"LESS","key":"YQ==","modRevision":"1"}],"failure":[{"requestRange":{"key":"YQ=="}}]}""");
        yield return new("/v3/kv/deleterange", """{"key":"Yw==","prev_kv":true}""");
        yield return new("/v3/kv/deleterange", """{"key":"Yw==","prev_kv":true}""");
        yield return new("/v3/lease/grant", """{"TTL":"600","ID":"77"}""");
        yield return new("/v3/lease/grant", """{"TTL":600,"ID":77}""");
        yield return new("/v3/lease/grant", """{"TTL":"9999999999999"}""");
        yield return new("/v3/kv/put", """{"key":"bA==","value":"MQ==","lease":77}""");
        yield return new("/v3/lease/keepalive", """{"ID":77}""");
        yield return new("/v3/lease/keepalive", "{\"ID\":77}\n{\"ID\":\"78\"} {\"ID\":77}");
        yield return new("/v3/lease/keepalive", "{\"ID\":77} xx {\"ID\":77}");
        yield return new("/v3/lease/keepalive", "{\"ID\":77} {\"ID\":{}}");
        foreach (string root in new[] { "/v3/lease", "/v3/kv/lease" })
        {
            yield return new(root + "/timetolive", """{"ID":"77","keys":true}""");
            yield return new(root + "/timetolive", """{"ID":"78"}""");
            yield return new(root + "/leases", "{}");
        }

        yield return new("/v3/lease/revoke", """{"ID":78}""");
        yield return new("/v3/kv/lease/revoke", """{"ID":77}""");
        yield return new("/v3/watch", """{"create_request":{"key":"YQ==","start_revision":"2","prev_kv":true}}""") { Lines = 2 };
        yield return new("/v3/watch", """{"create_request":{"key":"YQ==","start_revision":"2","watch_id":"7","filters":["NODELETE"]}} {"cancel_request":{"watch_id":7}}""") { Lines = 1 };
        yield return new("/v3/watch", """{"createRequest":{"key":"YQ==","range_end":"YQ=="}}""") { Lines = 1 };
        yield return new("/v3/watch", """{"create_request":{"key":"YQ=="}}""") { Headers = [("Grpc-Timeout", "300m")], Lines = 2 };
        yield return new("/v3/watch", """{"create_request":{"key":"YQ=="}}""") { Headers = [("Grpc-Timeout", "1n")] };
        yield return new("/v3/kv/compaction", """{"revision":"3"}""");
        yield return new("/v3/kv/compaction", """{"revision":"3","physical":true}""");
        yield return new("/v3/kv/compaction", """{"revision":"9999"}""");
        yield return new("/v3/watch", """{"create_request":{"key":"YQ==","start_revision":"1"}}""") { Lines = 2 };
        yield return new("/v3/kv/range", """{"key":"YQ==","revision":"2"}""");
        yield return new("/v3/cluster/member/list", """{"linearizable":true}""");
        yield return new("/v3/cluster/member/update", """{"ID":"1","peerURLs":["http://127.0.0.1:1"]}""");
        yield return new("/v3/cluster/member/remove", """{"ID":"1"}""");
        yield return new("/v3/cluster/member/promote", """{"ID":"1"}""");
        yield return new("/v3/cluster/member/add", """{"peerURLs":["nonsense"]}""");
        yield return new("/v3/maintenance/alarm", """{"action":"ACTIVATE","memberID":"1","alarm":"NOSPACE"}""");
        yield return new("/v3/maintenance/alarm", """{"action":"GET"}""");
        yield return new("/v3/kv/put", """{"key":"YQ==","value":"MQ=="}""");
        yield return new("/v3/maintenance/alarm", """{"action":2,"memberID":1,"alarm":1}""");
        yield return new("/v3/maintenance/hashkv", """{"revision":"5"}""");
        yield return new("/v3/maintenance/hashkv", """{"revision":"99999"}""");
        yield return new("/v3/maintenance/transfer-leadership", """{"targetID":"1"}""");
        yield return new("/v3/lease/grant", """{"TTL":"600","ID":"501"}""");
        yield return new("/v3/lease/grant", """{"TTL":"600","ID":"502"}""");
        yield return new("/v3/lock/lock", """{"name":"bG9jaw==","lease":"501"}""");
        yield return new("/v3/lock/lock", """{"name":"bG9jaw==","lease":"501"}""");
        yield return new("/v3/lock/lock", """{"name":"bG9jaw==","lease":"502"}""") { Headers = [("Grpc-Timeout", "300m")] };
        yield return new("/v3/lock/lock", """{"name":"bG9jaw==","lease":"509"}""");
        yield return new("/v3/lock/unlock", """{"key":"bG9jay8xZjU="}""");
        yield return new("/v3/lock/unlock", """{"key":"bG9jay8xZjU="}""");
        yield return new("/v3/election/leader", """{"name":"ZWw="}""");
        yield return new("/v3/election/campaign", """{"name":"ZWw=","lease":"501","value":"bWU="}""");
        yield return new("/v3/election/leader", """{"name":"ZWw="}""");
        yield return new("/v3/election/observe", """{"name":"ZWw="}""") { Lines = 1 };
        yield return new("/v3/election/campaign", """{"name":"ZWw=","lease":"502","value":"eW91"}""") { Headers = [("Grpc-Timeout", "300m")] };
        yield return new("/v3/election/proclaim", """{"leader":{"name":"ZWw=","key":"ZWwvMWY1","rev":"1","lease":"501"},"value":"aXQ="}""");
        yield return new("/v3/election/resign", """{"leader":{"name":"ZWw=","key":"ZWwvMWY1","rev":"1","lease":"501"}}""");
        yield return new("/v3/kv/range", """{"key":"ZWw=","range_end":"ZW0="}""");
    }

    /// <summary>Users, roles, tokens. Ends with authentication off again.</summary>
    public static IEnumerable<GatewayRequest> Auth()
    {
        yield return new("/v3/auth/status", "");
        yield return new("/v3/auth/user/add", """{"name":"root","password":"r"}""");
        yield return new("/v3/auth/user/add", """{"name":"root","password":"r"}""");
        yield return new("/v3/auth/user/add", """{"name":"al<i>ce","password":"a"}""");
        yield return new("/v3/auth/role/add", """{"name":"root"}""");
        yield return new("/v3/auth/role/add", """{"name":"reader"}""");
        yield return new("/v3/auth/role/grant", """{"name":"reader","perm":{"permType":"READ","key":"YQ==","range_end":"Yg=="}}""");
        yield return new("/v3/auth/role/grant", """{"name":"reader","perm":{"permType":2,"key":"eA=="}}""");
        yield return new("/v3/auth/user/grant", """{"user":"al<i>ce","role":"reader"}""");
        yield return new("/v3/auth/user/grant", """{"user":"root","role":"root"}""");
        yield return new("/v3/auth/role/get", """{"role":"reader"}""");
        yield return new("/v3/auth/role/list", "{}");
        yield return new("/v3/auth/user/get", """{"name":"al<i>ce"}""");
        yield return new("/v3/auth/user/list", "{}");
        yield return new("/v3/auth/enable", "{}");
        yield return new("/v3/auth/status", "{}");
        yield return new("/v3/kv/range", """{"key":"YQ=="}""");
        yield return new("/v3/kv/range", """{"key":"YQ=="}""") { Headers = [("Authorization", "wrong.1")] };
        yield return new("/v3/watch", """{"create_request":{"key":"YQ=="}}""") { Lines = 1 };
        yield return new("/v3/auth/authenticate", """{"name":"al<i>ce","password":"wrong"}""");
        yield return new("/v3/auth/authenticate", """{"name":"al<i>ce","password":"a"}""");
        yield return new("/v3/kv/range", """{"key":"YQ=="}""") { WithToken = true };
        yield return new("/v3/kv/range", """{"key":"Yg=="}""") { WithToken = true };
        yield return new("/v3/kv/put", """{"key":"YQ==","value":"MQ=="}""") { WithToken = true };
        yield return new("/v3/auth/user/list", "{}") { WithToken = true };
        yield return new("/v3/watch", """{"create_request":{"key":"YQ=="}}""") { WithToken = true, Lines = 1 };
        yield return new("/v3/watch", """{"create_request":{"key":"Yg=="}}""") { WithToken = true, Lines = 1 };
        yield return new("/v3/maintenance/snapshot", "{}") { WithToken = true };
        yield return new("/v3/auth/authenticate", """{"name":"root","password":"r"}""");
        yield return new("/v3/auth/user/changepw", """{"name":"al<i>ce","password":"b"}""") { WithToken = true };
        yield return new("/v3/auth/role/revoke", """{"role":"reader","key":"eA=="}""") { WithToken = true };
        yield return new("/v3/auth/user/revoke", """{"name":"al<i>ce","role":"reader"}""") { WithToken = true };
        yield return new("/v3/auth/role/delete", """{"role":"reader"}""") { WithToken = true };
        yield return new("/v3/auth/user/delete", """{"name":"al<i>ce"}""") { WithToken = true };
        yield return new("/v3/auth/disable", "{}") { WithToken = true };
        yield return new("/v3/auth/status", "");
    }

    private static bool IsRefused(FieldDescriptor field, string value) => value != "null" && field.FieldType switch
    {
        FieldType.Bytes => value != "\"99999999999999999999\"",
        FieldType.Int64 => value != "-1",
        _ => false,
    };

    private static MessageDescriptor Request(string method)
    {
        string[] parts = method.Split('/');
        return new[] { RpcReflection.Descriptor, V3LockReflection.Descriptor, V3ElectionReflection.Descriptor }
            .SelectMany(file => file.Services)
            .Single(service => service.Name == parts[0])
            .FindMethodByName(parts[1]).InputType;
    }
}
