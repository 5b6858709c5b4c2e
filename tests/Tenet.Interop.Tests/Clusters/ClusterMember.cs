using System.Globalization;
using System.Text;
using Tenet.Interop.Tests.Processes;
using Tenet.Interop.Tests.Wire;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Interop.Tests.Clusters;

/// <summary>
/// One member of a cluster: a place (data directory, ports, URLs) and the program that runs there, which may be exchanged while the member
/// is stopped.
/// </summary>
internal sealed class ClusterMember : IAsyncDisposable
{
    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(5);

    private readonly ClusterSettings _settings;
    private readonly StringBuilder _earlier = new();
    private RunningProgram? _program;

    public ClusterMember(string name, ServerBinary binary, string dataDirectory, ClusterSettings settings, PeerRelay? relay)
    {
        Name = name;
        Binary = binary;
        DataDirectory = dataDirectory;
        _settings = settings;
        ClientPort = Ports.Next();
        PeerPort = Ports.Next();
        Relay = relay;
        relay?.LeadTo(PeerPort);
        Client = new EtcdClient(ClientPort, CallLimit);
    }

    public string Name { get; }

    /// <summary>What runs here from the next start on.</summary>
    public ServerBinary Binary { get; set; }

    public string DataDirectory { get; }

    public int ClientPort { get; }

    /// <summary>Where the program itself listens for peers.</summary>
    public int PeerPort { get; }

    public PeerRelay? Relay { get; }

    public string ClientUrl => $"http://127.0.0.1:{Text(ClientPort)}";

    /// <summary>Where the others find it: the relay in front of it if there is one.</summary>
    public string PeerUrl => $"http://127.0.0.1:{Text(Relay?.Port ?? PeerPort)}";

    /// <summary>Calls end after 5 s.</summary>
    public EtcdClient Client { get; }

    public ulong Id { get; set; }

    /// <summary>Whether its program may end with an error: the test makes it so.</summary>
    public bool MayFail { get; set; }

    public RunningProgram Program => _program ?? throw new InvalidOperationException($"{Name} was never started");

    public bool IsRunning => _program is { HasExited: false };

    /// <summary>Everything that was said here, by all programs that ran.</summary>
    public string Log => _earlier + (_program?.Log ?? "");

    /// <summary>Starts the program and goes on at once: members that are founded together wait for each other.</summary>
    public void Launch(string initialCluster, string initialClusterState, params string[] more)
    {
        Assert.False(IsRunning, $"{Name} runs already");
        if (_program is not null)
            _earlier.Append(_program.Log);
        string[] own =
        [
            "--name", Name,
            "--data-dir", DataDirectory,
            "--listen-client-urls", ClientUrl,
            "--advertise-client-urls", ClientUrl,
            "--listen-peer-urls", $"http://127.0.0.1:{Text(PeerPort)}",
            "--initial-advertise-peer-urls", PeerUrl,
            "--bcrypt-cost", "4",
            .. _settings.Discovery is { } discovery
                ? new[] { "--discovery-endpoints", discovery.Endpoint, "--discovery-token", discovery.Token }
                : ["--initial-cluster", initialCluster, "--initial-cluster-state", initialClusterState, "--initial-cluster-token", _settings.Token],
        ];
        _earlier.AppendLine(CultureInfo.InvariantCulture, $"--- {Name} starts {Binary}");
        _program = RunningProgram.Start(Binary, [.. own, .. _settings.Flags(Binary), .. more]);
    }

    /// <summary>Starts the program on the data that it left, and waits until it serves.</summary>
    public async Task RestartAsync(params string[] more)
    {
        Launch($"{Name}={PeerUrl}", "existing", more);
        await Program.ServesAsync();
    }

    public async Task<StatusResponse> StatusAsync() => (await Client.StatusAsync()).Value;

    /// <summary>One value of the member's metrics page: the sum over all label sets, 0 if there is none.</summary>
    public async Task<double> MetricAsync(string name)
    {
        using HttpClient http = new() { Timeout = CallLimit };
        string page = await http.GetStringAsync(new Uri($"{ClientUrl}/metrics"));
        double sum = 0;
        foreach (string line in page.Split('\n'))
        {
            if (line.StartsWith(name, StringComparison.Ordinal) && line.Length > name.Length && line[name.Length] is ' ' or '{')
                sum += double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture);
        }
        return sum;
    }

    public override string ToString() => $"{Name} ({Binary})";

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (_program is not null)
            await _program.DisposeAsync();
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
