using Google.Protobuf;
using Tenet.Foundation.Randomness;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Membershippb;
using Tenet.State.Apply;

namespace Tenet.State.Tests.Apply;

/// <summary>
/// The same entries give the same state and the same answers on every member, though one counts leases, one restarts now and then and replays, and
/// each commits and compacts when it likes.
/// </summary>
public sealed class DeterminismTests
{
    private const int Entries = 800;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Two_members_agree_on_state_and_answers(ulong seed)
    {
        var random = new SeededRandom(seed);
        List<byte[]> log = RandomLog(random.Fork());
        Ending steady = Play(log, random.Fork(), restarts: false);
        Ending restless = Play(log, random.Fork(), restarts: true);
        Assert.Equal(steady.Answers, restless.Answers);
        Assert.Equal(steady.KvHash, restless.KvHash);
        Assert.Equal(steady.Hash, restless.Hash);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    public void Who_waits_for_an_answer_makes_no_difference_to_state_or_refusals(ulong seed)
    {
        var random = new SeededRandom(seed);
        List<byte[]> log = RandomLog(random.Fork());
        Ending asked = Play(log, random.Fork(), restarts: false);
        Ending unasked = Play(log, random.Fork(), restarts: false, waiters: 0);
        Ending sometimes = Play(log, random.Fork(), restarts: true, waiters: 0.5);
        Assert.Equal(asked.Refusals, unasked.Refusals);
        Assert.Equal(asked.Refusals, sometimes.Refusals);
        Assert.Equal((asked.Hash, asked.KvHash), (unasked.Hash, unasked.KvHash));
        Assert.Equal((asked.Hash, asked.KvHash), (sometimes.Hash, sometimes.KvHash));
    }

    private static Ending Play(List<byte[]> log, SeededRandom random, bool restarts, double waiters = 1)
    {
        var state = new StateFixture();
        var answers = new List<string>();
        var refusals = new List<string?>();
        state.Applier.ApplyChange(1, 1, Changes.Add(1, "http://a"));
        if (!restarts)
            state.Lessor.Promote(state.Now, TimeSpan.FromSeconds(1));
        for (int i = 0; i < log.Count; i++)
        {
            ulong index = (ulong)i + 2;
            state.Now += TimeSpan.FromMilliseconds(random.Next(5000));
            ApplyOutcome outcome = state.Applier.Apply(index, 2, EntryDecoder.Decode(log[i], index), hasWaiter: random.Chance(waiters), state.Now);
            answers.Add($"{index}: {outcome.Error?.Message} {outcome.Response}");
            refusals.Add(outcome.Error?.Message);
            if (random.Chance(0.05))
                state.Backend.CommitNow();
            if (random.Chance(0.1))
                state.Store.RunCompactionBatch(1 + random.Next(20));
            if (!restarts || !random.Chance(0.01))
                continue;

            state = state.Reopen();

            // What is in the log and in the backend alike comes again.
            for (int again = Math.Max(0, i - 20); again <= i; again++)
                state.Applier.Apply((ulong)again + 2, 2, EntryDecoder.Decode(log[again], (ulong)again + 2), hasWaiter: false, state.Now);
        }

        while (state.Store.HasCompactionWork)
            state.Store.RunCompactionBatch(1000);
        state.Backend.CommitNow();
        uint kvHash = state.Store.HashKv(0).Response!.Hash;
        uint hash = state.Backend.Hash();
        state.Dispose();
        return new Ending(hash, kvHash, answers, refusals);
    }

    internal static List<byte[]> RandomLog(SeededRandom random)
    {
        var log = new List<byte[]>();
        for (int i = 0; i < Entries; i++)
            log.Add(RandomRequest(random).ToByteArray());
        return log;
    }

    private static InternalRaftRequest RandomRequest(SeededRandom random)
    {
        var request = new InternalRaftRequest { Header = new RequestHeader { ID = 1 + random.NextUInt64() / 2 } };
        switch (random.Next(30))
        {
            case < 12:
                request.Put = RandomPut(random);
                break;
            case < 16:
                request.DeleteRange = new DeleteRangeRequest { Key = Key(random), RangeEnd = random.Chance(0.3) ? ByteString.CopyFrom(0) : ByteString.Empty };
                break;
            case < 21:
                request.Txn = RandomTxn(random);
                break;
            case < 23:
                request.LeaseGrant = new LeaseGrantRequest { ID = random.Next(20), TTL = random.Next(1000) };
                break;
            case < 24:
                request.LeaseRevoke = new LeaseRevokeRequest { ID = random.Next(20) };
                break;
            case < 25:
                request.LeaseCheckpoint = new LeaseCheckpointRequest { Checkpoints = { new LeaseCheckpoint { ID = random.Next(20), RemainingTTL = random.Next(100) } } };
                break;
            case < 26:
                request.Compaction = new CompactionRequest { Revision = random.Next(600) };
                break;
            case < 27 when random.Chance(0.3):
                request.Alarm = new AlarmRequest
                {
                    Action = (AlarmRequest.Types.AlarmAction)random.Next(3),
                    Alarm = (AlarmType)random.Next(3),
                    MemberID = 1,
                };
                break;
            case < 28:
                request.ClusterVersionSet = new ClusterVersionSetRequest { Ver = random.Chance(0.5) ? "3.5.0" : "3.6.0" };
                break;
            case < 29:
                request.ClusterMemberAttrSet = new ClusterMemberAttrSetRequest { MemberID = 1, MemberAttributes = new Attributes { Name = $"n{random.Next(5)}" } };
                break;
            default:
                request.Alarm = new AlarmRequest { Action = AlarmRequest.Types.AlarmAction.Deactivate, Alarm = (AlarmType)(1 + random.Next(2)), MemberID = 1 };
                break;
        }

        return request;
    }

    private static PutRequest RandomPut(SeededRandom random) => new()
    {
        Key = Key(random),
        Value = ByteString.CopyFromUtf8($"{random.NextUInt64()}"),
        Lease = random.Chance(0.3) ? random.Next(20) : 0,
        PrevKv = random.Chance(0.3),
        IgnoreLease = false,
    };

    private static TxnRequest RandomTxn(SeededRandom random)
    {
        var txn = new TxnRequest
        {
            Compare = { new Compare { Key = Key(random), Target = Compare.Types.CompareTarget.Version, Version = random.Next(3) } },
        };
        txn.Success.Add(new RequestOp { RequestPut = RandomPut(random) });
        txn.Success.Add(new RequestOp { RequestRange = new RangeRequest { Key = Key(random), RangeEnd = ByteString.CopyFrom(0), Revision = random.Chance(0.1) ? 5 : 0 } });
        txn.Failure.Add(new RequestOp { RequestDeleteRange = new DeleteRangeRequest { Key = Key(random), PrevKv = true } });
        return txn;
    }

    private static ByteString Key(SeededRandom random) => ByteString.CopyFromUtf8($"key{random.Next(40)}");

    private sealed record Ending(uint Hash, uint KvHash, List<string> Answers, List<string?> Refusals);
}
