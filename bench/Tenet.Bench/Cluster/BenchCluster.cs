using System.Diagnostics;
using System.Globalization;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Bench.Cluster;

/// <summary>Three members on this machine, each with its own data directory. Members are known by their number, 0 to 2.</summary>
internal sealed class BenchCluster : IDisposable
{
    public const int Size = 3;

    /// <summary>How long the cluster may take to get somewhere where it gets by itself.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private readonly ServerProgram _program;
    private readonly string _directory;
    private readonly int[] _clientPorts = [.. Enumerable.Range(0, Size).Select(_ => BenchServer.FreePort())];
    private readonly int[] _peerPorts = [.. Enumerable.Range(0, Size).Select(_ => BenchServer.FreePort())];
    private readonly BenchServer[] _members = new BenchServer[Size];
    private readonly MemberCalls[] _calls;

    private BenchCluster(ServerProgram program, string directory)
    {
        _program = program;
        _directory = directory;
        _calls = [.. _clientPorts.Select(port => new MemberCalls(port))];
    }

    public IReadOnlyList<BenchServer> Members => _members;

    public IReadOnlyList<MemberCalls> Calls => _calls;

    /// <summary>Starts the members and waits until each answers linearizable reads.</summary>
    public static async Task<BenchCluster> StartAsync(ServerProgram program, string directory)
    {
        BenchCluster cluster = new(program, directory);
        try
        {
            for (int number = 0; number < Size; number++)
                cluster.StartMember(number);
            foreach (BenchServer member in cluster._members)
                await member.WaitHealthyAsync();
            await cluster.WaitInSyncAsync();
            return cluster;
        }
        catch
        {
            cluster.Dispose();
            throw;
        }
    }

    /// <summary>Starts the process of a member, for the first time or on the directory that it left.</summary>
    public void StartMember(int number) => _members[number] = BenchServer.Start(_program, Path.Combine(_directory, $"m{number}"), _clientPorts[number],
    [
        "--name", $"m{number}",
        "--listen-peer-urls", BenchServer.Url(_peerPorts[number]),
        "--initial-advertise-peer-urls", BenchServer.Url(_peerPorts[number]),
        "--initial-cluster", string.Join(',', _peerPorts.Select((port, other) => string.Create(CultureInfo.InvariantCulture, $"m{other}={BenchServer.Url(port)}"))),
        "--initial-cluster-token", "bench",
    ]);

    /// <summary>The number of the leader that all members agree on, once all have applied what the leader had.</summary>
    public async Task<int> WaitInSyncAsync()
    {
        long began = Stopwatch.GetTimestamp();
        StatusResponse?[] states = [];
        while (Stopwatch.GetElapsedTime(began) < Limit)
        {
            states = await Task.WhenAll(_calls.Select(calls => calls.StatusAsync(Patience)));
            int leader = Array.FindIndex(states, state => state is not null && state.Leader == state.Header.MemberId);
            if (leader >= 0 && states.All(state => state is not null && state.Leader == states[leader]!.Leader && state.RaftTerm == states[leader]!.RaftTerm)
                && await HaveAppliedAsync(states[leader]!.RaftIndex, began))
                return leader;
            await Task.Delay(20);
        }
        throw new InvalidOperationException($"three members of {_program.Name} do not agree: {string.Join(", ", states.Select(state => state?.ToString() ?? "silent"))}");
    }

    public void Dispose()
    {
        foreach (BenchServer? member in _members)
            member?.Dispose();
        foreach (MemberCalls calls in _calls)
            calls.Dispose();
    }

    private async Task<bool> HaveAppliedAsync(ulong index, long began)
    {
        while (Stopwatch.GetElapsedTime(began) < Limit)
        {
            StatusResponse?[] states = await Task.WhenAll(_calls.Select(calls => calls.StatusAsync(Patience)));
            if (states.All(state => state?.RaftAppliedIndex >= index))
                return true;
            await Task.Delay(20);
        }
        return false;
    }
}
