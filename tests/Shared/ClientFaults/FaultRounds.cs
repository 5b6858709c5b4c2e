using System.Diagnostics;
using System.Globalization;
using Tenet.Client;
using Tenet.Client.Calls;
using Tenet.Client.Calls.Methods;
using Tenet.Foundation.Randomness;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Mvccpb;

namespace Tenet.Tests.ClientFaults;

/// <summary>
/// Leaders are killed and cut off, in turn, under an open watch and a held lock of Tenet.Client, and in every fourth round the lock's holder is cut
/// off as well. The watch is told every change once, in order; a holder is told of its loss before another's fencing revision is accepted.
/// </summary>
internal sealed class FaultRounds(IFaultyCluster cluster) : IAsyncDisposable
{
    private readonly GuardedResource _resource = new();
    private readonly SeededRandom _random = new(41);
    private readonly WatchRecorder _watch = new(cluster);
    private readonly ClientLoad _load = new(cluster);
    private readonly List<LockContender> _contenders = [];

    /// <summary>How many rounds a test runs: TENET_CLIENT_ROUNDS, or this.</summary>
    public static int Count(int standard) =>
        int.TryParse(Environment.GetEnvironmentVariable("TENET_CLIENT_ROUNDS"), NumberStyles.None, CultureInfo.InvariantCulture, out int given) ? given : standard;

    /// <summary>Runs so many rounds; what was seen, in a line.</summary>
    public async Task<string> RunAsync(int rounds)
    {
        _contenders.Add(new LockContender(0, cluster, _resource, new SeededRandom(42)));
        _contenders.Add(new LockContender(1, cluster, _resource, new SeededRandom(43)));
        int cut = 0;
        long since = Stopwatch.GetTimestamp();
        for (int round = 0; round < rounds; round++)
        {
            await _load.GoesOnAsync(5 + _random.Next(25));
            bool kill = round % 2 == 0;
            await (kill ? cluster.KillLeaderAsync() : cluster.IsolateLeaderAsync());
            if (round % 4 == 3)
            {
                await CutHolderAsync(_contenders[round / 4 % 2], round / 4 % 2);
                cut++;
            }
            await _load.GoesOnAsync(30);
            await (kill ? cluster.RestartAsync() : cluster.HealAsync());
            Assert.Empty(_resource.Violations);
            Assert.False(_watch.HasEnded, "the watch has ended");
        }

        int holders = _resource.Holders;
        await Until.TrueAsync("both still take turns", () => _resource.Holders >= holders + 3);
        await _load.StopAsync();
        long last = _load.LastRevision;
        await Until.TrueAsync("the watch has come to the last write", () => _watch.Revision >= last);
        List<string> history = await HistoryAsync(last);
        IReadOnlyList<string> seen = await _watch.StopAsync();
        for (int i = 0; i < history.Count; i++)
            Assert.True(i < seen.Count && seen[i] == history[i], $"change {i} is {history[i]}; the watch was told {(i < seen.Count ? seen[i] : "no more")}");
        // A write that was not answered may have come later still.
        Assert.True(seen.Skip(history.Count).All(line => long.Parse(line.Split(' ')[0], CultureInfo.InvariantCulture) > last), "the watch was told more than there was");
        Assert.Empty(_resource.Violations);
        Assert.True(_resource.Losses >= cut, $"{_resource.Losses} losses in {cut} rounds in which the holder was cut off");
        return string.Create(CultureInfo.InvariantCulture,
            $"{rounds} rounds in {Stopwatch.GetElapsedTime(since).TotalSeconds:0} s: {history.Count} changes told once and in order; {_load.Answered} writes answered, {_load.Failed} not; "
            + $"{_resource.Holders} holders, of whom {_resource.Losses} lost the lock ({cut} cut off), each told before the next was accepted; {_resource.Refusals} stale revisions refused");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (LockContender contender in _contenders)
            await contender.DisposeAsync();
        await _load.DisposeAsync();
        await _watch.DisposeAsync();
    }

    /// <summary>Nothing passes between the holder of the lock and the members until the other has been accepted.</summary>
    private async Task CutHolderAsync(LockContender holder, int number)
    {
        holder.HoldsOn = true;
        try
        {
            await Until.TrueAsync("it holds the lock", () => holder.IsHoldingOn);
            holder.HoldsOn = false;
            holder.Link.Block();
            await Until.TrueAsync("the other holds the lock", () => _resource.Contender != number);
        }
        finally
        {
            holder.Link.Unblock();
        }
    }

    /// <summary>What the cluster says that happened, up to a revision; told by a bare stream.</summary>
    private async Task<List<string>> HistoryAsync(long last)
    {
        await using TenetClient client = cluster.CreateClient(_ => { });
        await using IDuplexCall<WatchRequest, WatchResponse> watch = client.Invoker.Duplex(WatchMethods.Watch, CallOptions.None);
        await watch.WriteAsync(new WatchRequest
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
            WatchResponse response = await watch.ReadAsync() ?? throw new InvalidOperationException("the watch ended");
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
