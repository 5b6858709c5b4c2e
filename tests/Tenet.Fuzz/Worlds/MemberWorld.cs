using Tenet.Foundation.Files.Simulation;
using Tenet.Foundation.Metrics;
using Tenet.Foundation.Randomness;
using Tenet.Protocol.Calls;
using Tenet.Rpc;
using Tenet.Rpc.Http;
using Tenet.Server;
using Tenet.Server.Services;

namespace Tenet.Fuzz.Worlds;

/// <summary>A member on a disk in memory, with its client port on loopback.</summary>
internal sealed class MemberWorld : IDisposable
{
    private readonly GrpcServer _server;

    private MemberWorld(Member member, GrpcServer server, IReadOnlyList<Method> methods, FindingsLog log)
    {
        Member = member;
        _server = server;
        Methods = methods;
        Log = log;
        Uri = new Uri(server.Urls[0]);
    }

    public Member Member { get; }

    public IReadOnlyList<Method> Methods { get; }

    public FindingsLog Log { get; }

    public Uri Uri { get; }

    public static MemberWorld Start() => StartAsync().GetAwaiter().GetResult();

    public void Dispose() => StopAsync().GetAwaiter().GetResult();

    /// <summary>Throws if the member has stopped, or something has failed that no input may bring about.</summary>
    /// <returns>Whether it still runs: it may have been asked to leave its cluster.</returns>
    public bool Look(ReadOnlySpan<byte> input)
    {
        if (Log.Lines.Count > 0)
            throw FuzzFailedException.Of(string.Join('\n', Log.Lines), input);
        if (!Member.Failure.IsCompleted)
            return true;
        string reason = Member.Failure.Result;
        return reason.Contains("removed", StringComparison.Ordinal) ? false : throw FuzzFailedException.Of($"the member has stopped: {reason}", input);
    }

    private static async Task<MemberWorld> StartAsync()
    {
        FindingsLog log = new();
        MetricRegistry metrics = new();
        MemberOptions options = new()
        {
            Name = "n1",
            DataDirectory = "/data",
            InitialCluster = [new InitialMember("n1", ["http://127.0.0.1:12380"])],
            AdvertisePeerUrls = ["http://127.0.0.1:12380"],
            AdvertiseClientUrls = ["http://127.0.0.1:12379"],
            HeartbeatInterval = TimeSpan.FromMilliseconds(10),
            ElectionTimeout = TimeSpan.FromMilliseconds(100),
            BcryptCost = 4,
        };
        Member member = await Member.StartAsync(options, new MemberSeams
        {
            Files = new SimFileSystem(),
            Log = log,
            Metrics = metrics,
            Random = new SeededRandom(1),
            WalSegmentBytes = 1 << 20,
        });
        await member.Ready.WaitAsync(FrameConnection.Patience);
        IReadOnlyList<Method> methods = ServiceMethods.Of(member);
        GrpcServer server = await GrpcServer.StartAsync(new GrpcServerOptions
        {
            Listeners = [new RpcListener("http://127.0.0.1:0") { Gateway = true, Access = HttpAccess.Everybody }],
            Methods = methods,
            Metrics = metrics,
            Log = log,
        });
        return new MemberWorld(member, server, methods, log);
    }

    private async Task StopAsync()
    {
        await _server.DisposeAsync();
        await Member.StopAsync();
    }
}
