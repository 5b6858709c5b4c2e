using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using Tenet.Client;
using Tenet.Client.Discovery;
using Tenet.Foundation.Files;
using Tenet.Foundation.Logging;
using Tenet.Foundation.Metrics;
using Tenet.Foundation.Randomness;
using Tenet.Hosting.Discovery;
using Tenet.Peer;
using Tenet.Protocol.Calls;
using Tenet.Protocol.Errors;
using Tenet.Rpc;
using Tenet.Rpc.Health;
using Tenet.Rpc.Http;
using Tenet.Rpc.Reflection;
using Tenet.Server;
using Tenet.Server.Services;
using Tenet.Transport.InProcess;
using Tenet.Transport.Listening;

namespace Tenet.Hosting;

/// <summary>
/// A member with its doors open, inside any process. Several can live in one process. A member that fails says so through
/// <see cref="Failure"/>; nothing here ends the process.
/// </summary>
public sealed class TenetMember : IAsyncDisposable
{
    /// <summary>How long calls in progress may go on when the member stops.</summary>
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(2);

    /// <summary>What etcd's receive limit adds to the largest request, for what surrounds it.</summary>
    private const int RequestOverheadBytes = 512 * 1024;

    /// <summary>The port that clients within the process call, on the member's own network.</summary>
    internal const int InProcessPort = 2379;

    private readonly TenetOptions _options;
    private readonly ILog _log;
    private readonly GrpcServer _doors;
    private readonly Meter _meter;
    private readonly PeerDoor _peers;
    private readonly MemberPages _pages;
    private readonly InProcessHost _host;
    private readonly Lock _lock = new();
    private Task? _stop;

    private TenetMember(
        TenetOptions options, ILog log, Member member, MetricRegistry metrics, Meter meter, PeerDoor peers, GrpcServer doors, MemberPages pages, InProcessHost host)
    {
        _host = host;
        _pages = pages;
        _meter = meter;
        // The door for callers within the process is the last, and has no address that anybody could use.
        Urls = [.. doors.Urls.SkipLast(1)];
        _options = options;
        _log = log;
        _peers = peers;
        _doors = doors;
        Member = member;
        Failure = options.Host is null ? member.Failure : LeaveAsync(member.Failure, host);
        Metrics = metrics;
    }

    /// <summary>The member behind the doors, for calls without a socket.</summary>
    public Member Member { get; }

    /// <summary>The member's metrics, as <c>/metrics</c> shows them; a .NET meter named Tenet with the member's name as its tag has the same.</summary>
    public MetricRegistry Metrics { get; }

    /// <summary>The client URLs as bound, with the real port where 0 was asked for; then those of HTTP and of metrics.</summary>
    public IReadOnlyList<string> Urls { get; }

    /// <summary>The peer URLs as bound, with the real port where 0 was asked for.</summary>
    public IReadOnlyList<string> PeerUrls => _peers.Urls;

    /// <summary>
    /// Completes when the member has stopped itself, with one line that says why. Never completes otherwise. A member of a <see cref="Testing.TenetTestCluster"/>
    /// has left the network by then, as a process would that ends for it.
    /// </summary>
    public Task<string> Failure { get; }

    /// <summary>Recovers a member from its data directory, waits until it may serve, and opens its doors.</summary>
    /// <exception cref="MemberStartException">The options or the data directory do not allow a start.</exception>
    /// <exception cref="Foundation.CorruptionException">A file is damaged; the message names it and the place.</exception>
    /// <exception cref="IOException">A listen address is taken, or the disk refuses.</exception>
    public static async Task<TenetMember> StartAsync(TenetOptions options, ILog? log = null, CancellationToken cancellation = default)
    {
        log ??= NoLog.Instance;
        options = options.Complete();
        IFileSystem files = options.Files ?? OsFileSystem.Instance;
        RefuseUrlsThatNobodyDials(options);
        // Before anything is written: a start that fails for an address leaves the data directory as it was.
        log.Info("configuring peer listeners", new LogField("listen-peer-urls", Texts(options.ListenPeerUrls)));
        MetricRegistry metrics = new();
        Meter meter = new("Tenet", MemberOptions.ServerVersion, [new("member", options.Member.Name)]);
        metrics.PublishTo(meter);
        ProcessMetrics.Register(metrics);
        ShowFeatureGates(options, metrics);
        PeerDoor? peers = null;
        Member? member = null;
        try
        {
            peers = await PeerDoor.OpenAsync(options, metrics, log, cancellation);
            log.Info("configuring client listeners", new LogField("listen-client-urls", Texts(options.ListenClientUrls)));
            ClientDoors plan = ClientDoors.Plan(options, log);
            foreach (EtcdUrl url in options.ListenClientUrls.Concat(options.ListenClientHttpUrls).Concat(options.ListenMetricsUrls))
                RefuseTakenAddress(url, options.SocketReuse);
            StartLines.Announce(options, files, peers.LocalAddress, log);
            using EtcdDiscoveryClient? discovery = options.DiscoveryEndpoints.Count > 0
                ? DoorTls.Start(() => new EtcdDiscoveryClient(options, log))
                : null;
            member = await Member.StartAsync(options.Member, new MemberSeams
            {
                Files = files,
                Log = log,
                Metrics = metrics,
                Peers = peers.Transport,
                Discovery = discovery,
                Services = options.Member.DiscoverySrv.Length > 0 ? new DnsSrvResolver(SrvRecords.OfSystem()) : null,
                Random = new SeededRandom(unchecked((ulong)Random.Shared.NextInt64())),
            });
            StartLines.ServingPeers(peers.Urls, log);
            await WaitUntilReadyAsync(member, cancellation);
            MemberPages pages = new(new MemberHealth(member), new MemberVersions(member), metrics, log, new DebugVariables(member).ReadAsync);
            InProcessHost host = options.Host ?? new InProcessNetwork().AddHost(TenetOptions.OwnAddress);
            GrpcServer doors = await GrpcServer.StartAsync(Doors(options, plan, member, pages, host, metrics, log), cancellation);
            StartLines.Serving(options, member, log);
            plan.Announce(doors.Urls, log);
            return new TenetMember(options, log, member, metrics, meter, peers, doors, pages, host);
        }
        catch
        {
            if (member is not null)
                await member.DisposeAsync();
            if (peers is not null)
                await peers.DisposeAsync();
            meter.Dispose();
            throw;
        }
    }

    /// <summary>
    /// A connection to the member's client door that is no socket: for whatever speaks gRPC or HTTP/1.1 over a stream. It is served whichever
    /// addresses the options name, without TLS.
    /// </summary>
    /// <exception cref="IOException">The member has stopped.</exception>
    public Stream Connect()
    {
        try
        {
            return _host.Connect(_host.Address.ToString(), InProcessPort);
        }
        catch (SocketException refused)
        {
            throw new IOException(refused.Message, refused);
        }
    }

    /// <summary>A client of this member that needs no socket, and no TLS. It is the caller's to dispose.</summary>
    /// <param name="configure">What is to differ from the client's defaults: a user, a timeout.</param>
    public TenetClient CreateClient(Action<TenetClientOptions>? configure = null) =>
        InProcessClient.Create([TenetOptions.ClientUrl(_host.Address)], (_, _) => new(Connect()), configure);

    /// <summary>What <c>/livez</c> finds wrong, a line for each check; null if all is well.</summary>
    public ValueTask<string?> CheckLiveAsync(CancellationToken cancellation = default) => _pages.CheckLiveAsync(cancellation);

    /// <summary>What <c>/readyz</c> finds wrong, a line for each check; null if the member may be sent work.</summary>
    public ValueTask<string?> CheckReadyAsync(CancellationToken cancellation = default) => _pages.CheckReadyAsync(cancellation);

    /// <summary>Closes the doors, then stops the member. Later calls wait for the first.</summary>
    public Task StopAsync() => StopAsync(cutOff: false);

    /// <summary>Clears away what is left of a member that has been cut off already.</summary>
    internal Task BuryAsync() => StopAsync(cutOff: true);

    private Task StopAsync(bool cutOff)
    {
        lock (_lock)
            return _stop ??= StopOnceAsync(cutOff);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await StopAsync();

    private async Task StopOnceAsync(bool cutOff)
    {
        // Nobody hears the answers of a member that is cut off, so its calls need not end before it does.
        if (cutOff)
            await Member.StopAsync(handOver: false);
        await _doors.StopAsync(cutOff ? TimeSpan.Zero : StopGrace);
        await Member.StopAsync();
        // Last: a leader that stops hands over to a peer.
        await _peers.DisposeAsync();
        _meter.Dispose();
        _log.Debug("doors and member are closed", new LogField("name", _options.Member.Name));
    }

    private static async Task<string> LeaveAsync(Task<string> failure, InProcessHost host)
    {
        string why = await failure;
        host.Unplug();
        return why;
    }

    private static async Task WaitUntilReadyAsync(Member member, CancellationToken cancellation)
    {
        Task first = await Task.WhenAny(member.Ready, member.Failure).WaitAsync(cancellation);
        if (first == member.Failure)
            throw new MemberStartException(await member.Failure);
        await member.Ready;
    }

    private static GrpcServerOptions Doors(
        TenetOptions options, ClientDoors plan, Member member, MemberPages pages, InProcessHost host, MetricRegistry metrics, ILog log)
    {
        HealthService health = new(_ =>
        {
            if (member.Status.IsLearner)
                throw EtcdErrors.NotSupportedForLearner.ToException();
        });
        member.Maintenance.ServingChanged = health.SetServing;
        log.Info("grpc service status changed", new LogField("service", ""), new LogField("status", "SERVING"));
        Method[] methods = [.. ServiceMethods.Of(member), .. health.Methods];
        if (options.GrpcReflection)
            methods = [.. methods, .. new ReflectionService(methods).Methods];
        bool httpApart = options.ListenClientHttpUrls.Count > 0;
        HttpAccess access = new(options.CorsOrigins, options.HostWhitelist)
        {
            NamesAreUsers = options.Member.ClientCertAuth && options.JsonGateway ? () => member.AuthenticationIsOn : null,
            Log = log,
        };
        IReadOnlyList<HttpEndpoint> forClients = options.EnablePprof ? [.. pages.ForClients, .. ProfilePages.All] : pages.ForClients;
        return new GrpcServerOptions
        {
            Listeners =
            [
                .. plan.Listeners(
                clients: listener => listener with { Endpoints = httpApart ? [] : forClients, Gateway = options.JsonGateway && !httpApart, Access = access },
                http: listener => listener with { Grpc = false, Endpoints = forClients, Gateway = options.JsonGateway, Access = access },
                metrics: listener => listener with { Grpc = false, Endpoints = pages.ForMetrics }),
                new RpcListener(TenetOptions.ClientUrl(host.Address)) { Host = host, Endpoints = pages.ForClients, Gateway = options.JsonGateway },
            ],
            Methods = methods,
            Metrics = metrics,
            ExtensiveMetrics = options.ExtensiveMetrics,
            Log = log,
            ReceiveBytesMax = (int)Math.Min(int.MaxValue, (long)options.Member.MaxRequestBytes + RequestOverheadBytes),
            ConcurrentStreamsMax = options.MaxConcurrentStreams,
            SocketReuse = options.SocketReuse,
            KeepAliveMinTime = options.KeepAliveMinTime,
            KeepAliveInterval = options.KeepAliveInterval,
            KeepAliveTimeout = options.KeepAliveTimeout,
        };
    }

    private static void ShowFeatureGates(TenetOptions options, MetricRegistry metrics)
    {
        MetricFamily<Gauge> gates = metrics.Gauges("etcd_server_feature_enabled", "1 for each feature gate that is open, 0 for the others.", "name", "stage");
        foreach (FeatureGate gate in options.FeatureGates)
            gates.With(gate.Name, gate.Stage).Set(gate.Enabled ? 1 : 0);
    }

    /// <summary>A member that others cannot reach, or that reaches nobody, must not start as if all were well.</summary>
    private static void RefuseUrlsThatNobodyDials(TenetOptions options)
    {
        foreach (string url in options.Member.AdvertisePeerUrls.Concat(options.Member.InitialCluster.SelectMany(static member => member.PeerUrls)))
        {
            if (!PeerTransport.CanDial(url))
                throw new MemberStartException($"peer URL {url} cannot be dialled");
        }
    }

    private static void RefuseTakenAddress(EtcdUrl url, SocketReuse reuse)
    {
        if (url.IsSocketFile || url.PortNumber() is not { } port || port == 0)
            return;
        IPAddress address = url.Host == "localhost" ? IPAddress.Loopback : IPAddress.Parse(url.Host);
        try
        {
            using Socket probe = ListenSocket.Bind(new IPEndPoint(address, port), reuse);
        }
        catch (SocketException problem)
        {
            string reason = problem.SocketErrorCode == SocketError.AddressAlreadyInUse ? "address already in use" : problem.Message;
            throw new IOException($"listen tcp {url.Address}: bind: {reason}", problem);
        }
    }

    private static string[] Texts(IReadOnlyList<EtcdUrl> urls) => [.. urls.Select(url => url.Text)];
}
