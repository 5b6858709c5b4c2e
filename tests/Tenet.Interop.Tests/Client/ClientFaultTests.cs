using System.Diagnostics;
using System.Globalization;
using Tenet.Foundation.Randomness;
using Tenet.Interop.Tests.Clusters;
using Tenet.Interop.Tests.Processes;
using Tenet.Interop.Tests.Wire;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Mvccpb;
using Xunit.Abstractions;
using Cluster = Tenet.Interop.Tests.Clusters.Cluster;

namespace Tenet.Interop.Tests.Client;

/// <summary>
/// Leaders are killed and cut off under an open watch and a held lock of Tenet.Client, and the lock's holder is cut off as well. The watch is told
/// every change once, in order; a holder is told of its loss before another's fencing revision is accepted.
/// </summary>
public sealed class ClientFaultTests(ITestOutputHelper output)
{
    /// <summary>Rounds, in turn a kill and a partition; TENET_CLIENT_ROUNDS sets another number.</summary>
    private static readonly int Rounds =
        int.TryParse(Environment.GetEnvironmentVariable("TENET_CLIENT_ROUNDS"), NumberStyles.None, CultureInfo.InvariantCulture, out int given) ? given : 8;

    private static readonly ClusterSettings Settings = new() { Relays = true, HeartbeatMilliseconds = 50, ElectionMilliseconds = 500 };

    [Fact]
    public Task Watches_and_locks_of_the_client_hold_while_leaders_of_Tenet_are_killed_and_cut_off() =>
        FaultsAsync([Binaries.Subject, Binaries.Subject, Binaries.Subject]);

    [InteropTheory]
    [ThoroughData(Composition.NNN)]
    public Task Watches_and_locks_of_the_client_hold_while_leaders_of_etcd_are_killed_and_cut_off(string composition) =>
        FaultsAsync(Composition.Programs(composition));

    private Task FaultsAsync(ServerBinary[] programs) => Cluster.RunAsync(Settings, programs, async cluster =>
    {
        string[] endpoints = [.. cluster.Members.Select(member => $"127.0.0.1:{member.ClientPort}")];
        SeededRandom random = new(41);
        GuardedResource resource = new();
        await using WatchRecorder watch = new(endpoints);
        await using ClientLoad load = new(endpoints);
        await using LockContender first = new(0, endpoints, resource, new SeededRandom(42));
        await using LockContender second = new(1, endpoints, resource, new SeededRandom(43));
        LockContender[] contenders = [first, second];
        int cut = 0;
        long since = Stopwatch.GetTimestamp();
        for (int round = 0; round < Rounds; round++)
        {
            await load.GoesOnAsync(10 + random.Next(50));
            ClusterMember leader = await cluster.LeaderAsync();
            bool kill = round % 2 == 0;
            if (kill)
                await leader.Program.KillAsync();
            else
                cluster.Links.Isolate(leader.Name, cluster.Members.Where(member => member != leader).Select(member => member.Name));
            if (round % 4 == 3)
            {
                await CutHolderAsync(contenders, resource);
                cut++;
            }
            await load.GoesOnAsync(50);
            if (kill)
                await leader.RestartAsync();
            else
                cluster.Links.Heal();
            Assert.Empty(resource.Violations);
            Assert.False(watch.HasEnded, "the watch has ended");
        }

        int holders = resource.Holders;
        await Eventually.TrueAsync("both still take turns", complaint => Task.FromResult(resource.Holders >= holders + 3 || complaint.Note($"{resource.Holders}")));
        await load.StopAsync();
        await cluster.LeaderAsync();
        long last = load.LastRevision;
        await Eventually.TrueAsync("the watch has come to the last write", complaint => Task.FromResult(watch.Revision >= last || complaint.Note($"{watch.Revision} of {last}")));
        List<string> history = await HistoryAsync(cluster.Members[0], last);
        IReadOnlyList<string> seen = await watch.StopAsync();
        for (int i = 0; i < history.Count; i++)
            Assert.True(i < seen.Count && seen[i] == history[i], $"change {i} is {history[i]}; the watch was told {(i < seen.Count ? seen[i] : "no more")}");
        Assert.True(seen.Skip(history.Count).All(line => long.Parse(line.Split(' ')[0], CultureInfo.InvariantCulture) > last), "the watch was told more than there was");
        Assert.Empty(resource.Violations);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Rounds} rounds in {Stopwatch.GetElapsedTime(since).TotalSeconds:0} s: {history.Count} changes told once and in order; {load.Answered} writes answered, {load.Failed} not; "
            + $"{resource.Holders} holders, {resource.Losses} of them lost the lock ({cut} cut off), each told before the next was accepted; {resource.Refusals} stale revisions refused"));
    });

    /// <summary>Nothing passes between the holder of the lock and the members until the other has been accepted.</summary>
    private static async Task CutHolderAsync(LockContender[] contenders, GuardedResource resource)
    {
        const int Holder = 0;
        contenders[Holder].HoldsOn = true;
        try
        {
            await Eventually.TrueAsync("it holds the lock", _ => Task.FromResult(resource.Contender == Holder));
            contenders[Holder].Link.Block();
            await Eventually.TrueAsync("the other holds the lock", _ => Task.FromResult(resource.Contender != Holder));
        }
        finally
        {
            contenders[Holder].HoldsOn = false;
            contenders[Holder].Link.Unblock();
        }
    }

    /// <summary>What one member says that happened, up to a revision.</summary>
    private static async Task<List<string>> HistoryAsync(ClusterMember member, long last)
    {
        using GrpcStream<WatchRequest, WatchResponse> watch = member.Client.Watch();
        watch.Send(new WatchRequest
        {
            CreateRequest = new()
            {
                Key = Google.Protobuf.ByteString.CopyFromUtf8(ClientLoad.Prefix),
                RangeEnd = Google.Protobuf.ByteString.CopyFromUtf8("load0"),
                StartRevision = 1,
            },
        });
        List<string> history = [];
        while (true)
        {
            WatchResponse response = await watch.ReadAsync() ?? throw new InvalidOperationException($"the watch ended: {await watch.StatusAsync()}");
            foreach (Event change in response.Events)
            {
                if (change.Kv.ModRevision > last)
                    return history;
                history.Add(WatchRecorder.Line(change.Kv.ModRevision, change.Kv.Key.ToStringUtf8(), change.Type == Event.Types.EventType.Delete, change.Kv.Value.ToStringUtf8()));
            }
            if (response.Events.Count > 0 && response.Events[^1].Kv.ModRevision == last)
                return history;
        }
    }
}
