using Google.Protobuf;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.V3electionpb;
using Tenet.Protocol.V3lockpb;
using static Tenet.Protocol.Etcdserverpb.Compare.Types;
using static Tenet.Protocol.Etcdserverpb.RangeRequest.Types;
using Permission = Tenet.Protocol.Authpb.Permission;
using ElectionQuestion = Tenet.Protocol.V3electionpb.LeaderRequest;

namespace Tenet.Interop.Tests.Comparison;

/// <summary>The calls that are compared.</summary>
internal static class RpcScript
{
    private const string PeerUrl = "http://127.0.0.1:33800";

    /// <summary>Every call while nobody has to say who he is.</summary>
    public static IReadOnlyList<Exchange> WithoutAuth() =>
        [.. Keys(""), .. Transactions(""), .. Watches(""), .. Leases(""), .. Cluster(""), .. Maintenance(""), .. AuthWhileOff(), .. Recipes("")];

    /// <summary>Every call by everybody: by nobody, by one with a token that was never given, by users with some rights and with none, and by root.</summary>
    public static IReadOnlyList<Exchange> WithAuth()
    {
        List<Exchange> script = [.. Rights()];
        foreach (string user in (string[])["", "invented.1", "alice", "bob", "root"])
        {
            script.AddRange([.. Keys(user), .. Transactions(user), .. Leases(user), .. Cluster(user), .. Maintenance(user), .. Administration(user), .. Recipes(user)]);
            foreach ((string key, string end) in ((string, string)[])[("a", ""), ("b", ""), ("c/", "c0"), ("c", "d"), ("\0", "\0")])
                script.Add(Stream(user, "Watch/Watch", 1, new WatchRequest { CreateRequest = new WatchCreateRequest { Key = B(key), RangeEnd = B(end) } }));
            script.Add(Call(user, "Auth/UserGet", new AuthUserGetRequest { Name = "alice" }));
            script.Add(Call(user, "Auth/RoleGet", new AuthRoleGetRequest { Role = "some" }));
            script.Add(Call(user, "Auth/AuthStatus", new AuthStatusRequest()));
        }

        script.Add(Call("alice", "Auth/AuthDisable", new AuthDisableRequest()));
        script.Add(Call("root", "Auth/UserChangePassword", new AuthUserChangePasswordRequest { Name = "alice", Password = "new" }));
        script.Add(Call("alice", "KV/Range", Get("a")));
        script.Add(Call("", "Auth/Authenticate", new AuthenticateRequest { Name = "alice", Password = "alice" }));
        script.Add(Call("", "Auth/Authenticate", new AuthenticateRequest { Name = "alice", Password = "new" }));
        script.Add(Call("alice", "KV/Range", Get("a")));
        script.Add(Call("root", "Auth/UserRevokeRole", new AuthUserRevokeRoleRequest { Name = "alice", Role = "some" }));
        script.Add(Call("alice", "KV/Range", Get("a")));
        script.Add(Call("root", "Auth/UserRevokeRole", new AuthUserRevokeRoleRequest { Name = "root", Role = "root" }));
        script.Add(Call("root", "Auth/UserDelete", new AuthUserDeleteRequest { Name = "root" }));
        script.Add(Call("root", "Auth/RoleDelete", new AuthRoleDeleteRequest { Role = "root" }));
        script.Add(Call("root", "Auth/UserDelete", new AuthUserDeleteRequest { Name = "alice" }));
        script.Add(Call("alice", "KV/Range", Get("a")));
        script.Add(Call("root", "Auth/AuthDisable", new AuthDisableRequest()));
        script.Add(Call("", "KV/Range", Get("a")));
        return script;
    }

    private static IEnumerable<Exchange> Rights()
    {
        foreach (string name in (string[])["root", "alice", "bob"])
            yield return Call("", "Auth/UserAdd", new AuthUserAddRequest { Name = name, Password = name });
        // A published hash of "U*U". A new user's is not taken, another password's is.
        string hashed = Convert.ToBase64String("$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"u8);
        yield return Call("", "Auth/UserAdd", new AuthUserAddRequest { Name = "hashed", HashedPassword = hashed });
        yield return Call("", "Auth/UserAdd", new AuthUserAddRequest { Name = "rehashed", Password = "x" });
        yield return Call("", "Auth/UserChangePassword", new AuthUserChangePasswordRequest { Name = "rehashed", HashedPassword = hashed });
        yield return Call("", "Auth/UserChangePassword", new AuthUserChangePasswordRequest { Name = "rehashed", HashedPassword = "no base64" });
        yield return Call("", "Auth/UserAdd", new AuthUserAddRequest { Name = "long", Password = new string('x', 73) });
        yield return Call("", "Auth/AuthEnable", new AuthEnableRequest());
        foreach (string role in (string[])["root", "some"])
            yield return Call("", "Auth/RoleAdd", new AuthRoleAddRequest { Name = role });
        yield return Grant("", "some", Permission.Types.Type.Readwrite, "a", "");
        yield return Grant("", "some", Permission.Types.Type.Readwrite, "c/1", "c/3");
        yield return Grant("", "some", Permission.Types.Type.Read, "b", "");
        yield return Grant("", "some", Permission.Types.Type.Write, "t/", "t0");
        yield return Call("", "Auth/UserGrantRole", new AuthUserGrantRoleRequest { User = "root", Role = "root" });
        yield return Call("", "Auth/UserGrantRole", new AuthUserGrantRoleRequest { User = "alice", Role = "some" });
        yield return Call("", "Auth/AuthEnable", new AuthEnableRequest());
        yield return Call("", "Auth/AuthEnable", new AuthEnableRequest());
        foreach (string name in (string[])["root", "alice", "bob", "nobody", ""])
            yield return Call("", "Auth/Authenticate", new AuthenticateRequest { Name = name, Password = name });
        yield return Call("", "Auth/Authenticate", new AuthenticateRequest { Name = "carol", Password = "wrong" });
        foreach (string name in (string[])["hashed", "rehashed"])
        {
            foreach (string password in (string[])["", "U*U", "x"])
                yield return Call("", "Auth/Authenticate", new AuthenticateRequest { Name = name, Password = password });
        }
    }

    private static IEnumerable<Exchange> Keys(string user)
    {
        yield return Call(user, "Maintenance/HashKV", new HashKVRequest());
        foreach (string key in (string[])["a", "b", "c/1", "c/2", "c/3"])
            yield return Call(user, "KV/Put", Put(key, $"value of {key}"));
        yield return Call(user, "KV/Put", new PutRequest { Key = B("a"), Value = B("second"), PrevKv = true });
        yield return Call(user, "KV/Put", Put("", "no key"));
        yield return Call(user, "KV/Put", new PutRequest { Key = B("a"), Value = B("x"), IgnoreValue = true });
        yield return Call(user, "KV/Put", new PutRequest { Key = B("a"), IgnoreValue = true, PrevKv = true });
        yield return Call(user, "KV/Put", new PutRequest { Key = B("missing"), IgnoreValue = true });
        yield return Call(user, "KV/Put", new PutRequest { Key = B("missing"), Value = B("x"), IgnoreLease = true });
        yield return Call(user, "KV/Put", new PutRequest { Key = B("a"), Value = B("x"), Lease = 1, IgnoreLease = true });
        yield return Call(user, "KV/Put", new PutRequest { Key = B("a"), Value = B("x"), Lease = 404 });
        yield return Call(user, "KV/Put", new PutRequest { Key = B("large"), Value = ByteString.CopyFrom(new byte[1_600_000]) });
        yield return Call(user, "KV/Put", new PutRequest { Key = B("larger"), Value = ByteString.CopyFrom(new byte[2_200_000]) });

        yield return Call(user, "KV/Range", Get("a"));
        yield return Call(user, "KV/Range", Get(""));
        yield return Call(user, "KV/Range", Get("nothing"));
        yield return Call(user, "KV/Range", Get("b", "a"));
        yield return Call(user, "KV/Range", Get("\0", "\0"));
        yield return Call(user, "KV/Range", Get("c/", "c0"));
        foreach (long revision in (long[])[1, 2, 4, 7, 100, -1, long.MaxValue])
            yield return Call(user, "KV/Range", new RangeRequest { Key = B("a"), RangeEnd = B("d"), Revision = revision });
        foreach (long limit in (long[])[1, 2, 5, 100, -1, long.MinValue])
            yield return Call(user, "KV/Range", new RangeRequest { Key = B("a"), RangeEnd = B("d"), Limit = limit });
        // A target that there is none ends etcd 3.5.30 altogether; Tenet refuses it (see the tests of State).
        foreach (SortTarget target in Enum.GetValues<SortTarget>())
        {
            foreach (SortOrder order in Enum.GetValues<SortOrder>().Append((SortOrder)9).Append((SortOrder)(-1)))
                yield return Call(user, "KV/Range", new RangeRequest { Key = B("c/"), RangeEnd = B("c0"), SortTarget = target, SortOrder = order, Limit = 2 });
        }

        yield return Call(user, "KV/Range", new RangeRequest { Key = B("a"), RangeEnd = B("d"), CountOnly = true });
        yield return Call(user, "KV/Range", new RangeRequest { Key = B("a"), RangeEnd = B("d"), KeysOnly = true });
        yield return Call(user, "KV/Range", new RangeRequest { Key = B("a"), RangeEnd = B("d"), KeysOnly = true, CountOnly = true, Limit = 1 });
        yield return Call(user, "KV/Range", new RangeRequest { Key = B("a"), RangeEnd = B("d"), Serializable = true });
        yield return Call(user, "KV/Range", new RangeRequest { Key = B("a"), RangeEnd = B("d"), MinModRevision = 4, MaxModRevision = 6 });
        yield return Call(user, "KV/Range", new RangeRequest { Key = B("a"), RangeEnd = B("d"), MinCreateRevision = 3, MaxCreateRevision = 5, Limit = 1 });

        yield return Call(user, "KV/DeleteRange", new DeleteRangeRequest { Key = B("c/1"), PrevKv = true });
        yield return Call(user, "KV/DeleteRange", new DeleteRangeRequest { Key = B("c/1"), PrevKv = true });
        yield return Call(user, "KV/DeleteRange", new DeleteRangeRequest { Key = B("") });
        yield return Call(user, "KV/DeleteRange", new DeleteRangeRequest { Key = B("z"), RangeEnd = B("a") });
        yield return Call(user, "KV/DeleteRange", new DeleteRangeRequest { Key = B("c/"), RangeEnd = B("c0") });
        yield return Call(user, "KV/Range", Get("\0", "\0"));

        foreach (long revision in (long[])[4, 4, 3, 0, -1, 10_000])
            yield return Call(user, "KV/Compact", new CompactionRequest { Revision = revision, Physical = true });
        yield return Call(user, "KV/Range", new RangeRequest { Key = B("a"), Revision = 3 });
        yield return Call(user, "KV/Range", new RangeRequest { Key = B("a"), Revision = 4 });
    }

    private static IEnumerable<Exchange> Transactions(string user)
    {
        yield return Call(user, "KV/Txn", new TxnRequest());
        yield return Call(user, "KV/Txn", new TxnRequest { Success = { Op(Put("t/1", "1")), Op(Get("t/1")), Op(Delete("a")) } });
        yield return Call(user, "KV/Txn", new TxnRequest { Success = { Op(Put("t/1", "1")), Op(Put("t/1", "2")) } });
        yield return Call(user, "KV/Txn", new TxnRequest { Success = { Op(Put("t/1", "1")), Op(Delete("t/1")) } });
        yield return Call(user, "KV/Txn", new TxnRequest { Success = { Op(Put("t/1", "1")) }, Failure = { Op(Put("t/1", "2")), Op(Delete("t/", "t0")) } });
        yield return Call(user, "KV/Txn", new TxnRequest { Success = { Op(Put("", "1")) } });
        yield return Call(user, "KV/Txn", new TxnRequest { Failure = { Op(Get("")) } });
        yield return Call(user, "KV/Txn", new TxnRequest { Success = { new RequestOp() } });
        yield return Call(user, "KV/Txn", new TxnRequest { Compare = { new Compare() } });
        yield return Call(user, "KV/Txn", new TxnRequest { Success = { Enumerable.Range(0, 129).Select(static i => Op(Get($"k{i}"))) } });
        yield return Call(user, "KV/Txn", new TxnRequest { Compare = { Enumerable.Range(0, 129).Select(static _ => new Compare { Key = B("a") }) } });
        yield return Call(user, "KV/Txn", new TxnRequest { Success = { Op(new RangeRequest { Key = B("a"), Revision = 9999 }) } });
        yield return Call(user, "KV/Txn", new TxnRequest { Success = { Op(new RangeRequest { Key = B("a"), Revision = 1 }) } });
        yield return Call(user, "KV/Txn", new TxnRequest { Success = { Op(new PutRequest { Key = B("t/2"), Lease = 404 }) } });
        yield return Call(user, "KV/Txn", new TxnRequest { Success = { Op(new PutRequest { Key = B("t/none"), IgnoreValue = true }) } });
        foreach (CompareResult result in Enum.GetValues<CompareResult>().Append((CompareResult)7))
        {
            Compare[] compares =
            [
                new() { Key = B("b"), Target = CompareTarget.Version, Result = result, Version = 1 },
                new() { Key = B("b"), Target = CompareTarget.Create, Result = result, CreateRevision = 3 },
                new() { Key = B("b"), Target = CompareTarget.Mod, Result = result, ModRevision = 9 },
                new() { Key = B("b"), Target = CompareTarget.Value, Result = result, Value = B("value of b") },
                new() { Key = B("b"), Target = CompareTarget.Lease, Result = result, Lease = 0 },
                new() { Key = B("b"), RangeEnd = B("u"), Target = CompareTarget.Version, Result = result, Version = 1 },
                new() { Key = B("none"), Target = CompareTarget.Value, Result = result, Value = B("") },
                new() { Key = B("none"), Target = CompareTarget.Version, Result = result },
                new() { Key = B("b"), Target = (CompareTarget)9, Result = result },
            ];
            foreach (Compare compare in compares)
                yield return Call(user, "KV/Txn", new TxnRequest { Compare = { compare }, Success = { Op(Get("b")) }, Failure = { Op(new RangeRequest { Key = B("b"), CountOnly = true }) } });
        }

        TxnRequest inner = new() { Compare = { new Compare { Key = B("none"), Target = CompareTarget.Create } }, Success = { Op(Put("t/in", "1")) }, Failure = { Op(Delete("t/in")) } };
        yield return Call(user, "KV/Txn", new TxnRequest { Success = { Op(inner), Op(Get("t/", "t0")) } });
        yield return Call(user, "KV/Txn", new TxnRequest { Success = { Op(inner), Op(Put("t/in", "2")) } });
        yield return Call(user, "KV/Txn", new TxnRequest { Success = { Op(new TxnRequest { Success = { Op(new TxnRequest { Success = { Op(Put("", "deep")) } }) } }) } });
    }

    private static IEnumerable<Exchange> Watches(string user)
    {
        WatchRequest Create(Action<WatchCreateRequest> more)
        {
            WatchCreateRequest create = new() { Key = B("w") };
            more(create);
            return new WatchRequest { CreateRequest = create };
        }

        yield return Call(user, "KV/Put", Put("w", "1"));
        yield return Call(user, "KV/Put", Put("w", "2"));
        yield return Call(user, "KV/DeleteRange", Delete("w"));
        yield return Stream(user, "Watch/Watch", 1, Create(static _ => { }));
        yield return Stream(user, "Watch/Watch", 1, Create(static create => create.StartRevision = 1_000_000));
        yield return Stream(user, "Watch/Watch", 2, Create(static create => create.StartRevision = 1));
        yield return Stream(user, "Watch/Watch", 1, Create(static create => create.StartRevision = -5));
        yield return Stream(user, "Watch/Watch", 2, Create(static create => create.StartRevision = 5));
        yield return Stream(user, "Watch/Watch", 2, Create(static create => (create.StartRevision, create.PrevKv) = (5, true)));
        yield return Stream(user, "Watch/Watch", 2, Create(static create =>
        {
            create.StartRevision = 5;
            create.Filters.Add(WatchCreateRequest.Types.FilterType.Nodelete);
        }));
        yield return Stream(user, "Watch/Watch", 2, Create(static create =>
        {
            create.StartRevision = 5;
            create.Filters.Add(WatchCreateRequest.Types.FilterType.Noput);
        }));
        yield return Stream(user, "Watch/Watch", 1, Create(static create => create.Key = B("")));
        yield return Stream(user, "Watch/Watch", 1, Create(static create => create.RangeEnd = B("a")));
        yield return Stream(user, "Watch/Watch", 2, Create(static create => create.WatchId = 7), Create(static create => create.WatchId = 7));
        yield return Stream(user, "Watch/Watch", 1, Create(static create => create.WatchId = -7));
        yield return Stream(user, "Watch/Watch", 2, Create(static create => create.WatchId = 3), new WatchRequest { CancelRequest = new WatchCancelRequest { WatchId = 3 } });
    }

    private static IEnumerable<Exchange> Leases(string user)
    {
        foreach ((long id, long ttl) in ((long, long)[])[(11, 300), (11, 300), (14, 9_000_000_001), (-15, 60), (16, 9_000_000_000)])
            yield return Call(user, "Lease/LeaseGrant", new LeaseGrantRequest { ID = id, TTL = ttl });
        yield return Call(user, "KV/Put", new PutRequest { Key = B("l/1"), Value = B("1"), Lease = 11 });
        yield return Call(user, "KV/Put", new PutRequest { Key = B("l/2"), Value = B("2"), Lease = 11 });
        foreach (long id in (long[])[11, 404, 0, -15])
        {
            yield return Call(user, "Lease/LeaseTimeToLive", new LeaseTimeToLiveRequest { ID = id });
            yield return Call(user, "Lease/LeaseTimeToLive", new LeaseTimeToLiveRequest { ID = id, Keys = true });
            yield return Stream(user, "Lease/LeaseKeepAlive", 1, new LeaseKeepAliveRequest { ID = id });
        }

        yield return Call(user, "Lease/LeaseLeases", new LeaseLeasesRequest());
        foreach (long id in (long[])[11, 11, 404, 0, -15])
            yield return Call(user, "Lease/LeaseRevoke", new LeaseRevokeRequest { ID = id });
        yield return Call(user, "KV/Range", Get("l/", "l0"));
        yield return Call(user, "Lease/LeaseLeases", new LeaseLeasesRequest());
    }

    private static IEnumerable<Exchange> Cluster(string user)
    {
        yield return Call(user, "Maintenance/Status", new StatusRequest());
        yield return Call(user, "Cluster/MemberList", new MemberListRequest());
        yield return Call(user, "Cluster/MemberList", new MemberListRequest { Linearizable = true });
        foreach (string url in (string[])["", "nonsense", "ftp://127.0.0.1:1", "http://127.0.0.1", "http://127.0.0.1:1/path", "http://127.0.0.1:23800"])
            yield return Call(user, "Cluster/MemberAdd", new MemberAddRequest { PeerURLs = { url }, IsLearner = true });
        yield return Call(user, "Cluster/MemberAdd", new MemberAddRequest());
        yield return Call(user, "Cluster/MemberAdd", new MemberAddRequest { PeerURLs = { PeerUrl }, IsLearner = true });
        yield return Call(user, "Cluster/MemberAdd", new MemberAddRequest { PeerURLs = { "http://127.0.0.1:33801" }, IsLearner = true });
        yield return new Exchange(user, "Cluster/MemberPromote", static learned => [new MemberPromoteRequest { ID = learned.AddedMember }]);
        yield return new Exchange(user, "Cluster/MemberUpdate", static learned => [new MemberUpdateRequest { ID = learned.AddedMember, PeerURLs = { "http://127.0.0.1:33802" } }]);
        yield return new Exchange(user, "Cluster/MemberUpdate", static learned => [new MemberUpdateRequest { ID = learned.AddedMember, PeerURLs = { "http://127.0.0.1:23800" } }]);
        // URLs that are none end etcd 3.5.30 altogether when it applies them; Tenet refuses them before (see the tests of Server).
        yield return Call(user, "Cluster/MemberList", new MemberListRequest { Linearizable = true });
        yield return new Exchange(user, "Cluster/MemberRemove", static learned => [new MemberRemoveRequest { ID = learned.AddedMember }]);
        yield return new Exchange(user, "Cluster/MemberRemove", static learned => [new MemberRemoveRequest { ID = learned.AddedMember }]);
        yield return Call(user, "Cluster/MemberRemove", new MemberRemoveRequest { ID = 404 });
        yield return Call(user, "Cluster/MemberUpdate", new MemberUpdateRequest { ID = 404, PeerURLs = { PeerUrl } });
        yield return Call(user, "Cluster/MemberPromote", new MemberPromoteRequest { ID = 404 });
        yield return new Exchange(user, "Cluster/MemberPromote", static learned => [new MemberPromoteRequest { ID = learned.OwnMember }]);
    }

    private static IEnumerable<Exchange> Maintenance(string user)
    {
        yield return Call(user, "Maintenance/Alarm", new AlarmRequest());
        yield return Call(user, "Maintenance/Alarm", new AlarmRequest { Action = AlarmRequest.Types.AlarmAction.Activate, Alarm = AlarmType.Nospace, MemberID = 1 });
        yield return Call(user, "Maintenance/Alarm", new AlarmRequest { Action = AlarmRequest.Types.AlarmAction.Activate, MemberID = 1 });
        yield return Call(user, "Maintenance/Alarm", new AlarmRequest());
        yield return Call(user, "Maintenance/Alarm", new AlarmRequest { Alarm = AlarmType.Corrupt });
        yield return Call(user, "KV/Put", Put("full", "1"));
        yield return Call(user, "KV/Txn", new TxnRequest { Success = { Op(Put("full", "1")) } });
        yield return Call(user, "KV/DeleteRange", Delete("b"));
        yield return Call(user, "Lease/LeaseGrant", new LeaseGrantRequest { ID = 21, TTL = 60 });
        yield return Call(user, "Maintenance/Alarm", new AlarmRequest { Action = AlarmRequest.Types.AlarmAction.Deactivate, Alarm = AlarmType.Nospace, MemberID = 1 });
        yield return Call(user, "Maintenance/Alarm", new AlarmRequest { Action = AlarmRequest.Types.AlarmAction.Deactivate, Alarm = AlarmType.Nospace, MemberID = 1 });
        yield return Call(user, "Maintenance/Alarm", new AlarmRequest { Action = AlarmRequest.Types.AlarmAction.Activate, Alarm = AlarmType.Corrupt, MemberID = 2 });
        yield return Call(user, "KV/Put", Put("corrupt", "1"));
        yield return Call(user, "KV/Range", Get("b"));
        yield return Call(user, "KV/Range", new RangeRequest { Key = B("b"), Serializable = true });
        yield return Call(user, "Maintenance/Alarm", new AlarmRequest { Action = AlarmRequest.Types.AlarmAction.Deactivate, Alarm = AlarmType.Corrupt, MemberID = 2 });
        yield return Call(user, "Maintenance/Status", new StatusRequest());
        yield return Call(user, "Maintenance/Defragment", new DefragmentRequest());
        yield return Call(user, "Maintenance/Hash", new HashRequest());
        foreach (long revision in (long[])[0, 5, 2, 1_000_000, -1])
            yield return Call(user, "Maintenance/HashKV", new HashKVRequest { Revision = revision });
        yield return Call(user, "Maintenance/Snapshot", new SnapshotRequest());
        foreach (ulong target in (ulong[])[0, 404])
            yield return Call(user, "Maintenance/MoveLeader", new MoveLeaderRequest { TargetID = target });
        yield return new Exchange(user, "Maintenance/MoveLeader", static learned => [new MoveLeaderRequest { TargetID = learned.OwnMember }]);
        foreach (DowngradeRequest.Types.DowngradeAction action in Enum.GetValues<DowngradeRequest.Types.DowngradeAction>().Append((DowngradeRequest.Types.DowngradeAction)9))
        {
            if (action is DowngradeRequest.Types.DowngradeAction.Cancel)
                continue;
            foreach (string version in (string[])["", "nonsense", "3.9.0", "2.3.0"])
                yield return Call(user, "Maintenance/Downgrade", new DowngradeRequest { Action = action, Version = version });
        }

        yield return Call(user, "Maintenance/Downgrade", new DowngradeRequest { Action = DowngradeRequest.Types.DowngradeAction.Cancel });
    }

    private static IEnumerable<Exchange> AuthWhileOff()
    {
        yield return Call("", "Auth/AuthStatus", new AuthStatusRequest());
        yield return Call("", "Auth/AuthDisable", new AuthDisableRequest());
        yield return Call("", "Auth/AuthEnable", new AuthEnableRequest());
        yield return Call("", "Auth/Authenticate", new AuthenticateRequest { Name = "root", Password = "x" });
        foreach (Exchange exchange in Administration(""))
            yield return exchange;
    }

    /// <summary>Users and roles, first with what is wrong in every way.</summary>
    private static IEnumerable<Exchange> Administration(string user)
    {
        yield return Call(user, "Auth/UserAdd", new AuthUserAddRequest { Name = "eve", Password = "secret" });
        yield return Call(user, "Auth/UserAdd", new AuthUserAddRequest { Name = "eve", Password = "secret" });
        yield return Call(user, "Auth/UserAdd", new AuthUserAddRequest { Password = "secret" });
        yield return Call(user, "Auth/UserAdd", new AuthUserAddRequest { Name = "empty" });
        yield return Call(user, "Auth/UserAdd", new AuthUserAddRequest { Name = "unlocked", Options = new() { NoPassword = true } });
        yield return Call(user, "Auth/UserAdd", new AuthUserAddRequest { Name = "both", Password = "secret", Options = new() { NoPassword = true } });
        yield return Call(user, "Auth/UserList", new AuthUserListRequest());
        yield return Call(user, "Auth/UserGet", new AuthUserGetRequest { Name = "eve" });
        yield return Call(user, "Auth/UserGet", new AuthUserGetRequest { Name = "nobody" });
        yield return Call(user, "Auth/UserGet", new AuthUserGetRequest());
        yield return Call(user, "Auth/UserChangePassword", new AuthUserChangePasswordRequest { Name = "eve", Password = "other" });
        yield return Call(user, "Auth/UserChangePassword", new AuthUserChangePasswordRequest { Name = "eve" });
        yield return Call(user, "Auth/UserChangePassword", new AuthUserChangePasswordRequest { Name = "nobody", Password = "other" });
        yield return Call(user, "Auth/RoleAdd", new AuthRoleAddRequest { Name = "reader" });
        yield return Call(user, "Auth/RoleAdd", new AuthRoleAddRequest { Name = "reader" });
        yield return Call(user, "Auth/RoleAdd", new AuthRoleAddRequest());
        yield return Call(user, "Auth/RoleList", new AuthRoleListRequest());
        foreach (Permission.Types.Type type in Enum.GetValues<Permission.Types.Type>().Append((Permission.Types.Type)9))
        {
            yield return Grant(user, "reader", type, "x", "");
            yield return Grant(user, "reader", type, "x/", "x0");
        }

        yield return Grant(user, "reader", Permission.Types.Type.Read, "y", "\0");
        yield return Grant(user, "reader", Permission.Types.Type.Read, "z", "a");
        yield return Grant(user, "reader", Permission.Types.Type.Read, "", "");
        yield return Grant(user, "reader", Permission.Types.Type.Read, "", "\0");
        yield return Grant(user, "nobody", Permission.Types.Type.Read, "x", "");
        yield return Call(user, "Auth/RoleGrantPermission", new AuthRoleGrantPermissionRequest { Name = "reader" });
        yield return Call(user, "Auth/RoleGet", new AuthRoleGetRequest { Role = "reader" });
        yield return Call(user, "Auth/RoleGet", new AuthRoleGetRequest { Role = "nobody" });
        yield return Call(user, "Auth/RoleRevokePermission", new AuthRoleRevokePermissionRequest { Role = "reader", Key = B("x/"), RangeEnd = B("x0") });
        yield return Call(user, "Auth/RoleRevokePermission", new AuthRoleRevokePermissionRequest { Role = "reader", Key = B("x/"), RangeEnd = B("x0") });
        yield return Call(user, "Auth/RoleRevokePermission", new AuthRoleRevokePermissionRequest { Role = "nobody", Key = B("x") });
        yield return Call(user, "Auth/RoleGet", new AuthRoleGetRequest { Role = "reader" });
        yield return Call(user, "Auth/UserGrantRole", new AuthUserGrantRoleRequest { User = "eve", Role = "reader" });
        yield return Call(user, "Auth/UserGrantRole", new AuthUserGrantRoleRequest { User = "eve", Role = "reader" });
        yield return Call(user, "Auth/UserGrantRole", new AuthUserGrantRoleRequest { User = "eve", Role = "nobody" });
        yield return Call(user, "Auth/UserGrantRole", new AuthUserGrantRoleRequest { User = "nobody", Role = "reader" });
        yield return Call(user, "Auth/UserGet", new AuthUserGetRequest { Name = "eve" });
        yield return Call(user, "Auth/UserRevokeRole", new AuthUserRevokeRoleRequest { Name = "eve", Role = "reader" });
        yield return Call(user, "Auth/UserRevokeRole", new AuthUserRevokeRoleRequest { Name = "eve", Role = "reader" });
        yield return Call(user, "Auth/UserRevokeRole", new AuthUserRevokeRoleRequest { Name = "nobody", Role = "reader" });
        yield return Call(user, "Auth/RoleDelete", new AuthRoleDeleteRequest { Role = "reader" });
        yield return Call(user, "Auth/RoleDelete", new AuthRoleDeleteRequest { Role = "reader" });
        yield return Call(user, "Auth/RoleDelete", new AuthRoleDeleteRequest { Role = "root" });
        yield return Call(user, "Auth/UserDelete", new AuthUserDeleteRequest { Name = "eve" });
        yield return Call(user, "Auth/UserDelete", new AuthUserDeleteRequest { Name = "eve" });
        yield return Call(user, "Auth/UserDelete", new AuthUserDeleteRequest { Name = "unlocked" });
        yield return Call(user, "Auth/UserDelete", new AuthUserDeleteRequest { Name = "both" });
        yield return Call(user, "Auth/UserDelete", new AuthUserDeleteRequest { Name = "empty" });
    }

    private static IEnumerable<Exchange> Recipes(string user)
    {
        foreach (long lease in (long[])[31, 32])
            yield return Call(user, "Lease/LeaseGrant", new LeaseGrantRequest { ID = lease, TTL = 300 });
        yield return Call(user, "Lock/Lock", new LockRequest { Name = B("lock"), Lease = 31 });
        yield return Call(user, "Lock/Lock", new LockRequest { Name = B("lock"), Lease = 31 });
        yield return Call(user, "Lock/Lock", new LockRequest { Name = B("lock"), Lease = 404 });
        yield return Call(user, "KV/Range", Get("lock", "locl"));
        yield return Call(user, "Lock/Unlock", new UnlockRequest { Key = B("lock/1f") });
        yield return Call(user, "Lock/Unlock", new UnlockRequest { Key = B("lock/1f") });
        yield return Call(user, "Lock/Unlock", new UnlockRequest());
        yield return Call(user, "Lock/Lock", new LockRequest { Name = B("lock"), Lease = 32 });
        yield return Call(user, "Election/Leader", new ElectionQuestion { Name = B("office") });
        yield return Call(user, "Election/Campaign", new CampaignRequest { Name = B("office"), Lease = 31, Value = B("one") });
        yield return Call(user, "Election/Campaign", new CampaignRequest { Name = B("office"), Lease = 31, Value = B("two") });
        yield return Call(user, "Election/Leader", new ElectionQuestion { Name = B("office") });
        yield return Stream(user, "Election/Observe", 1, new ElectionQuestion { Name = B("office") });
        yield return Call(user, "Election/Proclaim", new ProclaimRequest { Value = B("x") });
        yield return Call(user, "Election/Proclaim", new ProclaimRequest { Leader = new LeaderKey { Name = B("office"), Key = B("office/1f"), Rev = 1, Lease = 31 }, Value = B("three") });
        yield return Call(user, "Election/Resign", new ResignRequest());
        yield return Call(user, "Election/Resign", new ResignRequest { Leader = new LeaderKey { Name = B("office"), Key = B("office/1f"), Rev = 1, Lease = 31 } });
        yield return Call(user, "Lease/LeaseRevoke", new LeaseRevokeRequest { ID = 31 });
        yield return Call(user, "Election/Leader", new ElectionQuestion { Name = B("office") });
        yield return Call(user, "Lease/LeaseRevoke", new LeaseRevokeRequest { ID = 32 });
    }

    private static Exchange Grant(string user, string role, Permission.Types.Type type, string key, string end) =>
        Call(user, "Auth/RoleGrantPermission", new AuthRoleGrantPermissionRequest { Name = role, Perm = new Permission { PermType = type, Key = B(key), RangeEnd = B(end) } });

    private static Exchange Call(string user, string method, IMessage request) => new(user, method, _ => [request]);

    private static Exchange Stream(string user, string method, int messages, params IMessage[] requests) => new(user, method, _ => requests, messages);

    private static PutRequest Put(string key, string value) => new() { Key = B(key), Value = B(value) };

    private static RangeRequest Get(string key, string end = "") => new() { Key = B(key), RangeEnd = B(end) };

    private static DeleteRangeRequest Delete(string key, string end = "") => new() { Key = B(key), RangeEnd = B(end) };

    private static RequestOp Op(PutRequest put) => new() { RequestPut = put };

    private static RequestOp Op(RangeRequest range) => new() { RequestRange = range };

    private static RequestOp Op(DeleteRangeRequest delete) => new() { RequestDeleteRange = delete };

    private static RequestOp Op(TxnRequest txn) => new() { RequestTxn = txn };

    private static ByteString B(string text) => ByteString.CopyFromUtf8(text);
}
