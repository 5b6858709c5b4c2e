using Google.Protobuf;
using Tenet.Client;
using Tenet.Client.Calls;
using Tenet.Client.Calls.Methods;
using Tenet.Hosting;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Server;

namespace Tenet.Proxy.Tests.Support;

/// <summary>A member, a proxy in front of it, and a caller of each.</summary>
internal sealed class ProxyBed : IAsyncDisposable
{
    private readonly string _directory;
    private readonly ClientInvoker _servers;

    private ProxyBed(string directory, TenetMember member, ClientInvoker servers, UpstreamProbe probe, GrpcProxy proxy)
    {
        (_directory, Member, _servers, Probe, Proxy) = (directory, member, servers, probe, proxy);
        Direct = new Channel(member.Urls[0]);
        Client = new Channel(proxy.Urls[0]);
    }

    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(30);

    public TenetMember Member { get; }

    public UpstreamProbe Probe { get; }

    public GrpcProxy Proxy { get; }

    /// <summary>Calls the member itself.</summary>
    public Channel Direct { get; }

    /// <summary>Calls the proxy.</summary>
    public Channel Client { get; }

    public static async Task<ProxyBed> StartAsync(Func<GrpcProxyOptions, GrpcProxyOptions>? configure = null, TimeSpan? progressInterval = null)
    {
        string directory = Directory.CreateTempSubdirectory("tenet-proxy-").FullName;
        TenetMember member = await TenetMember.StartAsync(new TenetOptions
        {
            Member = new MemberOptions
            {
                Name = "one",
                DataDirectory = Path.Combine(directory, "one"),
                InitialCluster = [new("one", ["http://localhost:2380"])],
                BcryptCost = 4,
                WatchProgressNotifyInterval = progressInterval ?? TimeSpan.FromMinutes(10),
            },
            ListenClientUrls = [EtcdUrl.Parse("http://127.0.0.1:0")],
            ListenPeerUrls = [EtcdUrl.Parse("http://127.0.0.1:0")],
        });
        ClientInvoker servers = new(new TenetClientOptions { Endpoints = [member.Urls[0]] });
        UpstreamProbe probe = new(servers);
        GrpcProxyOptions options = new() { ListenUrl = "http://127.0.0.1:0", ServerMetrics = async stop => await new HttpClient().GetByteArrayAsync(new Uri(member.Urls[0] + "/metrics"), stop) };
        return new ProxyBed(directory, member, servers, probe, await GrpcProxy.StartAsync(configure is null ? options : configure(options), probe));
    }

    public async Task<ByteString> PutAsync(string key, string value, Channel? through = null)
    {
        await (through ?? Client).UnaryAsync(KvMethods.Put, new PutRequest { Key = B(key), Value = B(value) }, CallOptions.None);
        return B(key);
    }

    public async Task<IReadOnlyList<string>> ReadAsync(string key, string end = "", Channel? through = null)
    {
        RangeResponse response = await (through ?? Client).UnaryAsync(KvMethods.Range, new RangeRequest { Key = B(key), RangeEnd = B(end) }, CallOptions.None);
        return [.. response.Kvs.Select(static pair => $"{pair.Key.ToStringUtf8()}={pair.Value.ToStringUtf8()}")];
    }

    /// <summary>Users root, alice (who may read and write a) and bob (who may read and write b), and rights that count; the tokens in this order.</summary>
    public async Task<CallOptions[]> EnableAuthAsync(Channel? through = null)
    {
        foreach ((string user, string key) in new[] { ("alice", "a"), ("bob", "b") })
        {
            await Direct.UnaryAsync(AuthMethods.RoleAdd, new AuthRoleAddRequest { Name = user }, CallOptions.None);
            await Direct.UnaryAsync(
                AuthMethods.RoleGrantPermission,
                new AuthRoleGrantPermissionRequest { Name = user, Perm = new() { Key = B(key), PermType = Protocol.Authpb.Permission.Types.Type.Readwrite } },
                CallOptions.None);
            await Direct.UnaryAsync(AuthMethods.UserAdd, new AuthUserAddRequest { Name = user, Password = "pw" }, CallOptions.None);
            await Direct.UnaryAsync(AuthMethods.UserGrantRole, new AuthUserGrantRoleRequest { User = user, Role = user }, CallOptions.None);
        }
        await Direct.UnaryAsync(AuthMethods.RoleAdd, new AuthRoleAddRequest { Name = "root" }, CallOptions.None);
        await Direct.UnaryAsync(AuthMethods.UserAdd, new AuthUserAddRequest { Name = "root", Password = "pw" }, CallOptions.None);
        await Direct.UnaryAsync(AuthMethods.UserGrantRole, new AuthUserGrantRoleRequest { User = "root", Role = "root" }, CallOptions.None);
        await (through ?? Client).UnaryAsync(AuthMethods.AuthEnable, new AuthEnableRequest(), CallOptions.None);
        return await Task.WhenAll(LoginAsync("root", through), LoginAsync("alice", through), LoginAsync("bob", through));
    }

    public async Task<CallOptions> LoginAsync(string user, Channel? through = null)
    {
        AuthenticateResponse response = await (through ?? Client).UnaryAsync(AuthMethods.Authenticate, new AuthenticateRequest { Name = user, Password = "pw" }, CallOptions.None);
        return new CallOptions { Metadata = [new("token", response.Token)] };
    }

    public static ByteString B(string text) => ByteString.CopyFromUtf8(text);

    /// <summary>Waits until a condition holds.</summary>
    public static async Task EventuallyAsync(Func<bool> condition, string what)
    {
        using CancellationTokenSource patience = new(Patience);
        while (!condition())
        {
            Assert.False(patience.IsCancellationRequested, what);
            await Task.Delay(5);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await Direct.DisposeAsync();
        await Proxy.DisposeAsync();
        await _servers.DisposeAsync();
        await Member.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }
}
