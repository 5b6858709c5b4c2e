using Tenet.Bench.Http2;

namespace Tenet.Bench.Cluster;

/// <summary>
/// Three members of each server in turn, several times, so that what the machine does besides falls on both. Each time the cluster is a new one.
/// </summary>
internal sealed class ClusterBench(BenchOptions options, IReadOnlyList<ServerProgram> programs, ResultTable table)
{
    private const int PauseConnections = 8;
    private const int PauseStreams = 4;

    private readonly Scale _scale = options.Scale;
    private readonly Dictionary<ServerProgram, List<double>> _failovers = [];

    public async Task RunAsync()
    {
        for (int repetition = 0; repetition < _scale.Repetitions; repetition++)
        {
            foreach (ServerProgram program in programs)
                await RunOnceAsync(program, repetition);
        }
        foreach ((ServerProgram program, List<double> rounds) in _failovers)
        {
            double[] ordered = [.. rounds.Order()];
            Note(program, "kill -9 of the leader to the next write, median", "ms", ordered[ordered.Length / 2], 1.0, false);
            Note(program, "  p90", "ms", ordered[ordered.Length * 9 / 10], 0, false);
            Note(program, "  longest", "ms", ordered[^1], 0, false);
        }
    }

    private async Task RunOnceAsync(ServerProgram program, int repetition)
    {
        string data = DataDirectory.Fresh(options.Directory, "cluster");
        Directory.CreateDirectory(data);
        using (BenchCluster cluster = await BenchCluster.StartAsync(program, data))
        {
            int leader = await cluster.WaitInSyncAsync();
            await Scenarios.FillAsync(cluster.Members[leader].Port, _scale.Keys);
            await cluster.WaitInSyncAsync();
            if (options.WantsScenario("put"))
                await PutsAsync(program, cluster);
            if (options.WantsScenario("get"))
                await GetsAsync(program, cluster);
            if (options.WantsScenario("pause"))
                await PauseAsync(program, cluster);
            if (options.WantsScenario("failover"))
                await FailoverAsync(program, cluster, repetition);
        }
        Directory.Delete(data, recursive: true);
    }

    private async Task PutsAsync(ServerProgram program, BenchCluster cluster)
    {
        (BenchServer leader, BenchServer[] followers) = await RolesAsync(cluster);
        NextRequest Puts(int seed, Func<bool> stop) => Requests.RandomPuts(seed, _scale.Keys, stop);
        LoadResult result = await Load.RunAsync(_scale, [leader], [leader, .. followers], "/etcdserverpb.KV/Put", Puts);
        NoteLoad(program, "3 members, put to the leader, 16 × 32", result, 1.3);
        await RequireLeaderAsync(cluster, leader);

        result = await Load.RunAsync(_scale, [leader, .. followers], [leader, .. followers], "/etcdserverpb.KV/Put", Puts);
        NoteLoad(program, "3 members, put to all of them, 16 × 32", result, 1.3);
        await RequireLeaderAsync(cluster, leader);
        Note(program, "3 members, a follower's memory after the puts", "MiB", followers.Max(follower => follower.ResidentMebibytes), 0, false);
    }

    private async Task GetsAsync(ServerProgram program, BenchCluster cluster)
    {
        (BenchServer leader, BenchServer[] followers) = await RolesAsync(cluster);
        LoadResult result = await Load.RunAsync(
            _scale, [followers[0]], [leader, .. followers], "/etcdserverpb.KV/Range", (seed, stop) => Requests.RandomGets(seed, _scale.Keys, stop));
        NoteLoad(program, "3 members, linearizable get from a follower, 16 × 32", result, 1.3);
        await RequireLeaderAsync(cluster, leader);
    }

    /// <summary>A follower that stands still must not be felt by those who write.</summary>
    private async Task PauseAsync(ServerProgram program, BenchCluster cluster)
    {
        (BenchServer leader, BenchServer[] followers) = await RolesAsync(cluster);
        Note(program, "3 members, 8 × 4 puts, p99", "ms", await PutP99Async(leader), 0, false);
        await followers[0].PauseAsync();
        try
        {
            Note(program, "  while a follower is stopped", "ms", await PutP99Async(leader), 0, false);
        }
        finally
        {
            // Started anew: a follower of etcd that was stopped under load sometimes does not catch up by itself.
            int number = cluster.Members.Index().First(member => member.Item == followers[0]).Index;
            followers[0].Dispose();
            cluster.StartMember(number);
            await cluster.Members[number].WaitHealthyAsync();
        }
        await cluster.WaitInSyncAsync();
        await RequireLeaderAsync(cluster, leader);
    }

    private async Task FailoverAsync(ServerProgram program, BenchCluster cluster, int repetition)
    {
        Failover failover = new(cluster);
        if (!_failovers.TryGetValue(program, out List<double>? rounds))
            _failovers[program] = rounds = [];
        int until = _scale.Rounds * (repetition + 1) / _scale.Repetitions;
        while (rounds.Count < until)
        {
            rounds.Add((await failover.RunRoundAsync()).TotalMilliseconds);
            Console.Error.WriteLine($"  {program.Name}: leader {rounds.Count} killed, next write after {rounds[^1]:0} ms");
        }
    }

    private async Task<double> PutP99Async(BenchServer leader)
    {
        bool stop = false;
        UnaryConnection[] connections =
        [
            .. Enumerable.Range(0, PauseConnections).Select(seed => new UnaryConnection(
                "/etcdserverpb.KV/Put", PauseStreams, Requests.RandomPuts(seed, _scale.Keys, () => Volatile.Read(ref stop)), true)),
        ];
        foreach (UnaryConnection connection in connections)
            await connection.ConnectAsync(leader.Port);
        Task running = Task.WhenAll(connections.Select(connection => connection.RunAsync()));
        await Task.WhenAny(running, Task.Delay(_scale.WarmUp + _scale.Measured));
        Volatile.Write(ref stop, true);
        await running;
        List<TimeSpan> latencies = [];
        foreach (UnaryConnection connection in connections)
        {
            Load.Check(connection);
            // The first part of the calls is the warm-up.
            latencies.AddRange(connection.Latencies.Skip(connection.Latencies.Count / 3));
            connection.Dispose();
        }
        latencies.Sort();
        return latencies[latencies.Count * 99 / 100].TotalMilliseconds;
    }

    private static async Task<(BenchServer Leader, BenchServer[] Followers)> RolesAsync(BenchCluster cluster)
    {
        int leader = await cluster.WaitInSyncAsync();
        return (cluster.Members[leader], [.. cluster.Members.Where((_, number) => number != leader)]);
    }

    /// <summary>A change of leader in between makes what was measured worthless.</summary>
    private static async Task RequireLeaderAsync(BenchCluster cluster, BenchServer leader)
    {
        if (cluster.Members[await cluster.WaitInSyncAsync()] != leader)
            throw new InvalidOperationException("the leader changed under the load");
    }

    private void NoteLoad(ServerProgram program, string metric, LoadResult result, double wanted)
    {
        Note(program, metric, "/s", result.Rate, wanted, true);
        Note(program, metric + ", leader", "µs each", result.ServerMicroseconds[0], 0, false);
        Note(program, metric + ", followers", "µs each", result.ServerMicroseconds[1..].Sum(), 0, false);
        Note(program, metric + ", driver", "µs each", result.DriverMicroseconds, 0, false);
    }

    private void Note(ServerProgram program, string metric, string unit, double value, double wanted, bool moreIsBetter) =>
        table.Add(program.Name, metric, unit, value, wanted, moreIsBetter);
}
