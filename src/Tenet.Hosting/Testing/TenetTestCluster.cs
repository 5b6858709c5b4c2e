using System.Net;
using Tenet.Client;
using Tenet.Foundation.Logging;
using Tenet.Foundation.Randomness;
using Tenet.Server;
using Tenet.Transport.InProcess;

namespace Tenet.Hosting.Testing;

/// <summary>
/// A whole cluster within the process, for tests of what depends on one: production members that speak the real protocols, with disks in memory and
/// a network without sockets. Members are named by their index. Each cluster is a world of its own, so tests may run side by side.
/// </summary>
/// <remarks>Faults are for one caller at a time; clients may be used meanwhile.</remarks>
public sealed class TenetTestCluster : IAsyncDisposable
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(5);

    private readonly TenetTestClusterOptions _options;
    private readonly InProcessNetwork _network = new();
    private readonly TestMember[] _members;
    private readonly InitialMember[] _founders;
    private readonly SeededRandom _random;

    private TenetTestCluster(TenetTestClusterOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Members, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Members, byte.MaxValue - 1);
        _options = options;
        _random = new SeededRandom(options.Seed);
        _members = new TestMember[options.Members];
        for (int i = 0; i < _members.Length; i++)
            _members[i] = new TestMember(i, _network, Log(i));
        _founders = [.. _members.Select(static member => member.Founder)];
    }

    /// <summary>How many members the cluster was founded with.</summary>
    public int Count => _members.Length;

    /// <summary>Where clients find the members, if they dial as <see cref="CreateClient"/> does.</summary>
    public IReadOnlyList<string> Endpoints => [.. _members.Select(static member => TenetOptions.ClientUrl(member.Address))];

    /// <summary>The index of the member that a majority follows; null while there is none.</summary>
    public int? Leader
    {
        get
        {
            MemberStatus?[] known = [.. _members.Select(static member => member.Running?.Member.Status)];
            for (int i = 0; i < known.Length; i++)
            {
                if (known[i] is { IsLeader: true } leader && known.Count(other => other?.Leader == leader.MemberId && other.Term == leader.Term) > Count / 2)
                    return i;
            }
            return null;
        }
    }

    /// <summary>A member that runs.</summary>
    /// <exception cref="InvalidOperationException">It was killed.</exception>
    public TenetMember this[int index] => _members[index].Running ?? throw new InvalidOperationException($"member {index} does not run");

    /// <summary>Starts a cluster of this many members.</summary>
    public static Task<TenetTestCluster> StartAsync(int members = 3, CancellationToken cancellation = default) =>
        StartAsync(new TenetTestClusterOptions { Members = members }, cancellation);

    /// <summary>Starts a cluster; completes when all of its members serve.</summary>
    public static async Task<TenetTestCluster> StartAsync(TenetTestClusterOptions options, CancellationToken cancellation = default)
    {
        TenetTestCluster cluster = new(options);
        try
        {
            await Task.WhenAll(cluster._members.Select(member => member.StartAsync(options, cluster._founders, cancellation)));
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>A client of the whole cluster, over connections within the process. It is the caller's to dispose.</summary>
    /// <param name="configure">What is to differ from the client's defaults.</param>
    public TenetClient CreateClient(Action<TenetClientOptions>? configure = null) =>
        InProcessClient.Create([.. Endpoints], (endpoint, _) => new(Connect(endpoint)), configure);

    /// <summary>Whether a member has been started and not been killed since.</summary>
    public bool IsRunning(int index) => _members[index].Running is not null;

    /// <summary>Waits for a member that a majority follows.</summary>
    /// <returns>Its index.</returns>
    public async Task<int> WaitForLeaderAsync(CancellationToken cancellation = default)
    {
        while (true)
        {
            if (Leader is { } leader)
                return leader;
            await Task.Delay(LookInterval, cancellation);
        }
    }

    /// <summary>
    /// Ends a member as a power cut does, at once: connections are reset, what it had not synced may be lost, and nobody is told. Does nothing if it
    /// does not run.
    /// </summary>
    public void Kill(int index) => _members[index].Kill(_random);

    /// <summary>Starts a member on what its disk holds; one that runs is killed first. Completes when it serves again, which needs a majority.</summary>
    public async Task RestartAsync(int index, CancellationToken cancellation = default)
    {
        Kill(index);
        await _members[index].StartAsync(_options, _founders, cancellation);
    }

    /// <summary>Cuts these members off from all others. They reach each other, and clients reach everybody. Replaces the partition before.</summary>
    public void Partition(params IReadOnlyCollection<int> members) =>
        _network.Partition([Addresses(members.Contains), Addresses(index => !members.Contains(index))]);

    /// <summary>Ends the partition.</summary>
    public void Heal() => _network.Heal();

    /// <summary>
    /// From now on the member's disk refuses every change: at the next one the member stops itself (<see cref="TenetMember.Failure"/>) and leaves
    /// the network, as a process would that ends for it. <see cref="RestartAsync"/> starts it on a disk that works again.
    /// </summary>
    public void FailStorage(int index) => _members[index].FailStorage();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // Nobody would be left to take the leadership over.
        for (int i = 0; i < _members.Length; i++)
            Kill(i);
        await Task.WhenAll(_members.Select(static member => member.Burial));
    }

    private Stream Connect(string endpoint) =>
        _members.FirstOrDefault(member => TenetOptions.ClientUrl(member.Address) == endpoint)?.Running?.Connect() ?? throw new IOException("connection refused");

    private IPAddress[] Addresses(Func<int, bool> which) => [.. Enumerable.Range(0, Count).Where(which).Select(index => _members[index].Address)];

    private ILog Log(int index) => _options.Loggers is { } loggers ? new LoggerLog(loggers, $"Tenet.n{index + 1}") : NoLog.Instance;
}
