using Google.Protobuf;
using Tenet.Foundation.Files.Simulation;
using Tenet.Protocol.Authpb;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Server.Tests.Support;
using Tenet.State.Watch;

namespace Tenet.Server.Tests;

/// <summary>User <c>u</c> may read and write <c>a*</c>.</summary>
public sealed class AuthTests : IDisposable
{
    private readonly TestCall _nobody = new();
    private TestMember? _served;
    private TestCall? _root;
    private TestCall? _user;

    /// <summary>Opened by the test itself, in whose place its continuations then run.</summary>
    private TestMember Served
    {
        get
        {
            if (_served is not null)
                return _served;
            _served = Started();
            _served.Put("a1", "v");
            _served.Put("b1", "v");
            Enable(_served);
            _root = LogIn(_served, "root", "rootpw");
            _user = LogIn(_served, "u", "upw");
            return _served;
        }
    }

    private TestCall Root => Served is null ? _nobody : _root!;

    private TestCall User => Served is null ? _nobody : _user!;

    public void Dispose()
    {
        _served?.Dispose();
        _root?.Dispose();
        _user?.Dispose();
        _nobody.Dispose();
    }

    [Fact]
    public void Keys_are_for_who_is_allowed()
    {
        Assert.Equal("v", Read("a1", User));
        Assert.Equal("v", Read("b1", Root));
        Assert.Equal(EtcdErrors.PermissionDenied, Served.Refused(() => Served.Member.Kv.Range(Range("b1"), User)));
        Assert.Equal(EtcdErrors.PermissionDenied, Served.Refused(() => Served.Member.Kv.Range(Range("a", "c"), User)));
        Assert.Equal(EtcdErrors.UserNameIsEmpty, Served.Refused(() => Served.Member.Kv.Range(Range("a1"), _nobody)));
        Served.Run(Served.Member.Kv.Put(TestMember.PutRequest("a2", "w"), User));
        Assert.Equal(EtcdErrors.PermissionDenied, Served.Refused(() => Served.Member.Kv.Put(TestMember.PutRequest("b1", "w"), User)));
        Assert.Equal(EtcdErrors.UserNameIsEmpty, Served.Refused(() => Served.Member.Kv.Put(TestMember.PutRequest("a1", "w"), _nobody)));
        var readOnly = new TxnRequest { Success = { new RequestOp { RequestRange = Range("b1") } } };
        Assert.Equal(EtcdErrors.PermissionDenied, Served.Refused(() => Served.Member.Kv.Txn(readOnly, User)));
        var nested = new TxnRequest { Failure = { new RequestOp { RequestTxn = readOnly } } };
        Assert.Equal(EtcdErrors.PermissionDenied, Served.Refused(() => Served.Member.Kv.Txn(nested, User)));
        var writer = new CollectingWriter<State.Mvcc.RangeResult, int>(static result => result.KvCount);
        Assert.Equal(
            EtcdErrors.PermissionDenied,
            Assert.Throws<RefusalException>(() => Served.Run(Served.Member.Kv.RangeStream(Range("b1"), writer, User))).Error);
    }

    [Fact]
    public void What_is_denied_is_not_proposed()
    {
        ulong committed = Served.Member.Status.CommittedIndex;
        for (int i = 0; i < 10; i++)
            Assert.Equal(EtcdErrors.PermissionDenied, Served.Refused(() => Served.Member.Kv.Put(TestMember.PutRequest("b1", "w"), User)));
        Assert.Equal(committed, Served.Member.Status.CommittedIndex);
    }

    /// <summary>CVE-2026-33413: calls that went round the checks.</summary>
    [Fact]
    public void What_concerns_the_cluster_is_for_root()
    {
        Func<TestCall, Task>[] forRoot =
        [
            call => Served.Member.Kv.Compact(new CompactionRequest { Revision = 1 }, call).AsTask(),
            call => Served.Member.Maintenance.Hash(new HashRequest(), call).AsTask(),
            call => Served.Member.Maintenance.HashKv(new HashKVRequest(), call).AsTask(),
            call => Served.Member.Maintenance.Defragment(new DefragmentRequest(), call).AsTask(),
            call => Served.Member.Maintenance.MoveLeader(new MoveLeaderRequest { TargetID = 1 }, call).AsTask(),
            call => Served.Member.Maintenance.Downgrade(new DowngradeRequest { Version = "3.6" }, call).AsTask(),
            call => Served.Member.Maintenance.Alarm(new AlarmRequest { Action = AlarmRequest.Types.AlarmAction.Activate, Alarm = AlarmType.Nospace }, call).AsTask(),
            call => Served.Member.Maintenance.Alarm(new AlarmRequest { Action = AlarmRequest.Types.AlarmAction.Deactivate, Alarm = AlarmType.Nospace }, call).AsTask(),
            call => Served.Member.Maintenance.Snapshot(new SnapshotRequest(), new CollectingWriter<SnapshotResponse, int>(static response => response.Blob.Length), call),
            call => Served.Member.Cluster.MemberAdd(new MemberAddRequest { PeerURLs = { "http://127.0.0.1:9" } }, call).AsTask(),
            call => Served.Member.Cluster.MemberRemove(new MemberRemoveRequest { ID = 1 }, call).AsTask(),
            call => Served.Member.Cluster.MemberUpdate(new MemberUpdateRequest { ID = 1, PeerURLs = { "http://127.0.0.1:9" } }, call).AsTask(),
            call => Served.Member.Cluster.MemberPromote(new MemberPromoteRequest { ID = 1 }, call).AsTask(),
            call => Served.Member.Auth.UserAdd(new AuthUserAddRequest { Name = "x", Password = "x" }, call).AsTask(),
            call => Served.Member.Auth.UserChangePassword(new AuthUserChangePasswordRequest { Name = "u", Password = "x" }, call).AsTask(),
            call => Served.Member.Auth.AuthDisable(new AuthDisableRequest(), call).AsTask(),
        ];
        foreach (Func<TestCall, Task> request in forRoot)
        {
            Assert.Equal(EtcdErrors.PermissionDenied, Assert.Throws<RefusalException>(() => Served.Run(request(User))).Error);
            Assert.Equal(EtcdErrors.UserNameIsEmpty, Assert.Throws<RefusalException>(() => Served.Run(request(_nobody))).Error);
        }

        Served.Run(Served.Member.Maintenance.Hash(new HashRequest(), Root));
    }

    [Fact]
    public void Some_calls_are_for_every_user_and_few_for_everybody()
    {
        Func<TestCall, Task>[] forUsers =
        [
            call => Served.Member.Maintenance.Status(new StatusRequest(), call).AsTask(),
            call => Served.Member.Maintenance.Alarm(new AlarmRequest(), call).AsTask(),
            call => Served.Member.Cluster.MemberList(new MemberListRequest(), call).AsTask(),
            call => Served.Member.Lease.LeaseGrant(new LeaseGrantRequest { TTL = 100 }, call).AsTask(),
            call => Served.Member.Lease.LeaseTimeToLive(new LeaseTimeToLiveRequest { ID = 1 }, call).AsTask(),
            call => Served.Member.Lease.LeaseLeases(new LeaseLeasesRequest(), call).AsTask(),
        ];
        foreach (Func<TestCall, Task> request in forUsers)
        {
            Served.Run(request(User));
            Assert.Equal(EtcdErrors.UserNameIsEmpty, Assert.Throws<RefusalException>(() => Served.Run(request(_nobody))).Error);
        }

        Assert.True(Served.Run(Served.Member.Auth.AuthStatus(new AuthStatusRequest(), _nobody)).Enabled);
        _nobody.Headers["token"] = "wrong";
        Assert.Equal(EtcdErrors.InvalidAuthToken, Served.Refused(() => Served.Member.Auth.AuthStatus(new AuthStatusRequest(), _nobody)));

        // Who logs in may still have a token of before.
        Served.Run(Served.Member.Auth.Authenticate(new AuthenticateRequest { Name = "u", Password = "upw" }, _nobody));
    }

    [Fact]
    public void Leases_follow_the_keys_on_them()
    {
        Served.Run(Served.Member.Lease.LeaseGrant(new LeaseGrantRequest { ID = 7, TTL = 100 }, User));
        Served.Run(Served.Member.Kv.Put(TestMember.PutRequest("a1", "v", lease: 7), User));
        var keys = new LeaseTimeToLiveRequest { ID = 7, Keys = true };
        Assert.Single(Served.Run(Served.Member.Lease.LeaseTimeToLive(keys, User)).Keys);
        Assert.Equal(100, KeepAlive(7, User));

        Served.Run(Served.Member.Kv.Put(TestMember.PutRequest("b1", "v", lease: 7), Root));
        Assert.Equal(EtcdErrors.PermissionDenied, Served.Refused(() => Served.Member.Lease.LeaseTimeToLive(keys, User)));
        Assert.Equal(EtcdErrors.PermissionDenied, Served.Refused(() => Served.Member.Lease.LeaseLeases(new LeaseLeasesRequest(), User)));
        Assert.Equal(EtcdErrors.PermissionDenied, Served.Refused(() => Served.Member.Lease.LeaseRevoke(new LeaseRevokeRequest { ID = 7 }, User)));
        Assert.Equal(EtcdErrors.PermissionDenied, Assert.Throws<RefusalException>(() => KeepAlive(7, User)).Error);
        Assert.Equal(EtcdErrors.UserNameIsEmpty, Assert.Throws<RefusalException>(() => KeepAlive(7, _nobody)).Error);
        Assert.Equal(100, KeepAlive(7, Root));
        Assert.Single(Served.Run(Served.Member.Lease.LeaseLeases(new LeaseLeasesRequest(), Root)).Leases);
    }

    [Fact]
    public void Leases_run_out_whoever_has_keys_on_them()
    {
        Served.Run(Served.Member.Lease.LeaseGrant(new LeaseGrantRequest { ID = 7, TTL = 2 }, Root));
        Served.Run(Served.Member.Kv.Put(TestMember.PutRequest("b1", "v", lease: 7), Root));
        Served.RunFor(TimeSpan.FromSeconds(5));
        Assert.Null(Read("b1", Root));
    }

    [Fact]
    public void Watchers_see_what_their_user_may_read()
    {
        var watch = new Watching(Served, User);
        watch.Create("a1");
        Assert.True(watch.Next() is { Created: true, Canceled: false });
        watch.Create("b1");
        Assert.True(watch.Next() is { Created: true, Canceled: true, WatchId: -1, CancelReason: "rpc error: code = PermissionDenied desc = etcdserver: permission denied" });
        watch.Create("a", "c");
        Assert.True(watch.Next().Canceled);
        watch.Create("", "\0");
        Assert.True(watch.Next().Canceled);

        var nobody = new Watching(Served, _nobody);
        nobody.Create("a1");
        Assert.Equal("rpc error: code = InvalidArgument desc = etcdserver: user name is empty", nobody.Next().CancelReason);
        _nobody.Headers["token"] = "x.1";
        nobody.Create("a1");
        Assert.Equal("rpc error: code = Unauthenticated desc = etcdserver: invalid auth token", nobody.Next().CancelReason);

        // As in etcd, a watcher lives on when its user may no longer create it.
        Served.Run(Served.Member.Auth.UserRevokeRole(new AuthUserRevokeRoleRequest { Name = "u", Role = "r" }, Root));
        Served.Run(Served.Member.Kv.Put(TestMember.PutRequest("a1", "w"), Root));
        Assert.Equal(1, watch.Next().EventCount);
    }

    /// <summary>GHSA-xg4h-6gfc-h4m8: an end that is there and empty was one key to the check and no end to the watcher.</summary>
    [Fact]
    public void A_watcher_of_one_key_sees_one_key_however_its_end_is_written()
    {
        byte[] explicitEnd = [0x0a, 0x06, 0x0a, 0x02, (byte)'a', (byte)'1', 0x12, 0x00];
        var watch = new Watching(Served, User);
        watch.Send(WatchRequest.Parser.ParseFrom(explicitEnd));
        Assert.True(watch.Next() is { Created: true, Canceled: false });
        Served.Run(Served.Member.Kv.Put(TestMember.PutRequest("b1", "secret"), Root));
        Served.Run(Served.Member.Kv.Put(TestMember.PutRequest("a1", "mine"), Root));
        WatchResponse events = watch.Next().ToMessage();
        Assert.Equal("a1", Assert.Single(events.Events).Kv.Key.ToStringUtf8());
    }

    [Fact]
    public void Passwords_are_compared()
    {
        Assert.Equal(EtcdErrors.AuthFailed, Refused("u", "wrong"));
        Assert.Equal(EtcdErrors.AuthFailed, Refused("nobody", "upw"));
        Assert.Equal(EtcdErrors.AuthFailed, Refused("u", ""));
        Served.Run(Served.Member.Auth.UserAdd(new AuthUserAddRequest { Name = "n", Options = new UserAddOptions { NoPassword = true } }, Root));
        Assert.Equal(EtcdErrors.NoPasswordUser, Refused("n", ""));
        Assert.Equal(
            "bcrypt: password length exceeds 72 bytes",
            Served.Refused(() => Served.Member.Auth.UserAdd(new AuthUserAddRequest { Name = "l", Password = new string('x', 73) }, Root)).Message);
        Served.Run(Served.Member.Auth.UserChangePassword(new AuthUserChangePasswordRequest { Name = "u", Password = "new" }, Root));
        Assert.Equal(EtcdErrors.AuthFailed, Refused("u", "upw"));
        using TestCall again = LogIn(Served, "u", "new");
        Assert.Equal("v", Read("a1", again));
        Assert.Equal(EtcdErrors.InvalidAuthToken, Served.Refused(() => Served.Member.Kv.Range(Range("a1"), User)));
    }

    [Fact]
    public void No_password_is_written_to_the_log_or_the_disk()
    {
        Served.Run(Served.Member.Auth.UserAdd(new AuthUserAddRequest { Name = "s", Password = "verysecretpassword" }, Root));
        using TestCall call = LogIn(Served, "s", "verysecretpassword");
        foreach (string file in (string[])["/data/member/snap/db", "/data/member/wal/0000000000000000-0000000000000000.wal"])
        {
            using var opened = Served.Disk.Open(file, Foundation.Files.FileOpenMode.Existing, FileAccess.Read);
            byte[] content = new byte[Math.Min(opened.Length, 4 << 20)];
            opened.Read(content, 0);
            Assert.True(content.AsSpan().IndexOf("verysecretpassword"u8) < 0);
        }
    }

    [Fact]
    public void A_token_lives_while_it_is_used()
    {
        Served.RunFor(TimeSpan.FromSeconds(200));
        Assert.Equal("v", Read("a1", User));
        Served.RunFor(TimeSpan.FromSeconds(200));
        Assert.Equal("v", Read("a1", User));
        Assert.Equal(EtcdErrors.InvalidAuthToken, Served.Refused(() => Served.Member.Kv.Range(Range("a1"), Root)));
        Served.RunFor(TimeSpan.FromSeconds(301));
        Assert.Equal(EtcdErrors.InvalidAuthToken, Served.Refused(() => Served.Member.Kv.Range(Range("a1"), User)));
    }

    [Fact]
    public void Tokens_are_read_from_either_header()
    {
        string token = User.Headers["token"];
        Assert.Matches("^[a-zA-Z]{16}\\.[0-9]+$", token);
        using var call = new TestCall();
        call.Headers["authorization"] = token;
        Assert.Equal("v", Read("a1", call));
        call.Headers["authorization"] = "Bearer " + token;
        Assert.Equal("v", Read("a1", call));
        call.Headers["token"] = "Bearer " + token;
        call.Headers["authorization"] = "ignored";
        Assert.Equal("v", Read("a1", call));
        foreach (string wrong in (string[])["", "x", token + "x", "." + token, "a.b.1", "aaaaaaaaaaaaaaaa.1", token.Replace('.', ','), "Bearer "])
        {
            call.Headers["token"] = wrong;
            Assert.Equal(EtcdErrors.InvalidAuthToken, Served.Refused(() => Served.Member.Kv.Range(Range("a1"), call)));
        }

        // An index that is yet to come is waited for, and not for ever.
        call.Headers["token"] = "aaaaaaaaaaaaaaaa.99999999";
        Assert.Equal(EtcdErrors.InvalidAuthToken, Served.Refused(() => Served.Member.Kv.Range(Range("a1"), call)));
    }

    [Fact]
    public void Switching_off_lets_everybody_in_and_forgets_logins()
    {
        Served.Run(Served.Member.Auth.AuthDisable(new AuthDisableRequest(), Root));
        Assert.Equal("v", Read("b1", _nobody));
        Assert.Equal(EtcdErrors.AuthNotEnabled, Refused("u", "upw"));
        Assert.Equal("v", Read("b1", User));
        Served.Run(Served.Member.Auth.AuthEnable(new AuthEnableRequest(), _nobody));
        Assert.Equal(EtcdErrors.InvalidAuthToken, Served.Refused(() => Served.Member.Kv.Range(Range("a1"), User)));
    }

    [Fact]
    public void Users_outlive_the_member_and_tokens_do_not()
    {
        SimFileSystem disk = Served.Disk;
        Served.Dispose();
        using TestMember again = Started(disk);
        Assert.Equal(EtcdErrors.InvalidAuthToken, again.Refused(() => again.Member.Kv.Range(Range("a1"), User)));
        using TestCall call = LogIn(again, "u", "upw");
        using State.Mvcc.RangeResult result = again.Run(again.Member.Kv.Range(Range("a1"), call));
        Assert.Equal(1, result.KvCount);
    }

    [Fact]
    public void A_certificate_counts_where_certificates_are_asked_for()
    {
        using var call = new TestCall { Name = "u" };
        Assert.Equal(EtcdErrors.UserNameIsEmpty, Served.Refused(() => Served.Member.Kv.Range(Range("a1"), call)));

        using TestMember member = Started(options: static options => options with { ClientCertAuth = true });
        member.Put("a1", "v");
        Enable(member);
        using (State.Mvcc.RangeResult result = member.Run(member.Member.Kv.Range(Range("a1"), call)))
            Assert.Equal(1, result.KvCount);
        Assert.Equal(EtcdErrors.PermissionDenied, member.Refused(() => member.Member.Kv.Range(Range("b1"), call)));
        using var unknown = new TestCall { Name = "stranger" };
        Assert.Equal(EtcdErrors.PermissionDenied, member.Refused(() => member.Member.Kv.Range(Range("a1"), unknown)));

        // A token says more than a certificate, and a gateway's certificate says nothing of who called it.
        call.Headers["token"] = "wrong";
        Assert.Equal(EtcdErrors.InvalidAuthToken, member.Refused(() => member.Member.Kv.Range(Range("a1"), call)));
        call.Headers.Clear();
        call.Headers["grpcgateway-accept"] = "application/json";
        Assert.Equal(EtcdErrors.UserNameIsEmpty, member.Refused(() => member.Member.Kv.Range(Range("a1"), call)));
    }

    internal static TestMember Started(SimFileSystem? disk = null, Func<MemberOptions, MemberOptions>? options = null) =>
        TestMember.Started(disk, given => (options?.Invoke(given) ?? given) with { BcryptCost = 4 });

    /// <summary>Users root and <c>u</c>, and authentication on.</summary>
    internal static void Enable(TestMember member)
    {
        var auth = member.Member.Auth;
        member.Run(auth.UserAdd(new AuthUserAddRequest { Name = "root", Password = "rootpw" }, member.Call));
        member.Run(auth.UserGrantRole(new AuthUserGrantRoleRequest { User = "root", Role = "root" }, member.Call));
        member.Run(auth.UserAdd(new AuthUserAddRequest { Name = "u", Password = "upw" }, member.Call));
        member.Run(auth.RoleAdd(new AuthRoleAddRequest { Name = "r" }, member.Call));
        var permission = new Permission { PermType = Permission.Types.Type.Readwrite, Key = ByteString.CopyFromUtf8("a"), RangeEnd = ByteString.CopyFromUtf8("b") };
        member.Run(auth.RoleGrantPermission(new AuthRoleGrantPermissionRequest { Name = "r", Perm = permission }, member.Call));
        member.Run(auth.UserGrantRole(new AuthUserGrantRoleRequest { User = "u", Role = "r" }, member.Call));
        member.Run(auth.AuthEnable(new AuthEnableRequest(), member.Call));
    }

    internal static TestCall LogIn(TestMember member, string user, string password)
    {
        var call = new TestCall();
        call.Headers["token"] = member.Run(member.Member.Auth.Authenticate(new AuthenticateRequest { Name = user, Password = password }, call)).Token;
        return call;
    }

    internal static RangeRequest Range(string key, string end = "") => new() { Key = ByteString.CopyFromUtf8(key), RangeEnd = ByteString.CopyFromUtf8(end) };

    private EtcdError Refused(string user, string password) =>
        Served.Refused(() => Served.Member.Auth.Authenticate(new AuthenticateRequest { Name = user, Password = password }, _nobody));

    private string? Read(string key, TestCall call)
    {
        using State.Mvcc.RangeResult result = Served.Run(Served.Member.Kv.Range(Range(key), call));
        return result.ToResponse().Kvs.FirstOrDefault()?.Value.ToStringUtf8();
    }

    private long KeepAlive(long lease, TestCall call)
    {
        var requests = new QueueReader<LeaseKeepAliveRequest>();
        var responses = new CollectingWriter<LeaseKeepAliveResponse, long>(static response => response.TTL);
        requests.Send(new LeaseKeepAliveRequest { ID = lease });
        requests.Close();
        Served.Run(Served.Member.Lease.LeaseKeepAlive(requests, responses, call));
        return responses.Items[0];
    }

    private sealed class Watching
    {
        private readonly TestMember _member;
        private readonly QueueReader<WatchRequest> _requests = new();
        private readonly CollectingWriter<WatchReply, WatchReply> _replies = new(static reply => reply);
        private int _taken;

        public Watching(TestMember member, TestCall caller)
        {
            _member = member;
            _ = member.Member.Watch.Watch(_requests, _replies, caller);
        }

        public void Create(string key, string end = "") =>
            Send(new WatchRequest { CreateRequest = new WatchCreateRequest { Key = ByteString.CopyFromUtf8(key), RangeEnd = ByteString.CopyFromUtf8(end) } });

        public void Send(WatchRequest request) => _requests.Send(request);

        public WatchReply Next()
        {
            // Requests are read on the pool.
            Assert.True(SpinWait.SpinUntil(
                () =>
                {
                    _member.Round();
                    return _replies.Items.Count > _taken;
                },
                TimeSpan.FromSeconds(30)));
            return _replies.Items[_taken++];
        }
    }
}
