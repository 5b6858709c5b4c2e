using Google.Protobuf;
using Tenet.Foundation.Randomness;
using Pb = Tenet.Protocol.Raftpb;

namespace Tenet.Raft.Tests.Wire;

/// <summary>
/// raftpb messages of the generated code: random ones, and the same message with exactly the fields that etcd 3.7 assigns.
/// </summary>
internal static class GeneratedMessages
{
    public static readonly Pb.MessageType[] Kinds =
    [
        Pb.MessageType.MsgProp, Pb.MessageType.MsgApp, Pb.MessageType.MsgAppResp, Pb.MessageType.MsgVote, Pb.MessageType.MsgVoteResp,
        Pb.MessageType.MsgSnap, Pb.MessageType.MsgHeartbeat, Pb.MessageType.MsgHeartbeatResp, Pb.MessageType.MsgTransferLeader,
        Pb.MessageType.MsgTimeoutNow, Pb.MessageType.MsgReadIndex, Pb.MessageType.MsgReadIndexResp, Pb.MessageType.MsgPreVote,
        Pb.MessageType.MsgPreVoteResp,
    ];

    /// <summary>A message with every field that any kind has, as 3.5 sends it, or with each left out at random.</summary>
    public static Pb.Message Random(SeededRandom random, Pb.MessageType kind, bool everyField)
    {
        bool Has() => everyField || random.Chance(0.7);
        var message = new Pb.Message { Type = kind, To = Number(random), From = Number(random) };
        if (Has())
            message.Term = Number(random);
        if (Has())
            message.LogTerm = Number(random);
        if (Has())
            message.Index = Number(random);
        for (int i = random.Next(4); i > 0; i--)
            message.Entries.Add(Entry(random, everyField));
        if (Has())
            message.Commit = Number(random);
        if (Has())
            message.Snapshot = Snapshot(random, everyField);
        if (Has())
            message.Reject = random.Chance(0.5);
        if (Has())
            message.RejectHint = Number(random);
        if (Has())
            message.Context = random.Chance(0.3) ? ByteString.CopyFromUtf8("CampaignTransfer") : Bytes(random, 20);
        if (kind == Pb.MessageType.MsgApp)
        {
            for (int i = 0; i < message.Entries.Count; i++)
                message.Entries[i].Index = unchecked(message.Index + 1 + (ulong)i);
        }
        return message;
    }

    public static Pb.Entry Entry(SeededRandom random, bool everyField)
    {
        bool Has() => everyField || random.Chance(0.7);
        var entry = new Pb.Entry();
        if (Has())
            entry.Type = (Pb.EntryType)random.Next(3);
        if (Has())
            entry.Term = Number(random);
        if (Has())
            entry.Index = Number(random);
        if (Has())
            entry.Data = Bytes(random, 300);
        return entry;
    }

    public static Pb.ConfState ConfState(SeededRandom random, bool everyField)
    {
        var state = new Pb.ConfState();
        foreach (var list in new[] { state.Voters, state.Learners, state.VotersOutgoing, state.LearnersNext })
        {
            for (int i = random.Next(4); i > 0; i--)
                list.Add(Number(random));
        }
        if (everyField || random.Chance(0.7))
            state.AutoLeave = random.Chance(0.5);
        return state;
    }

    public static Pb.Snapshot Snapshot(SeededRandom random, bool everyField)
    {
        var snapshot = new Pb.Snapshot
        {
            Metadata = new Pb.SnapshotMetadata { ConfState = ConfState(random, everyField), Index = Number(random), Term = Number(random) },
        };
        if (random.Chance(0.5))
            snapshot.Data = ByteString.CopyFrom(Bytes(random, 200).ToByteArray().Append((byte)1).ToArray());
        return snapshot;
    }

    /// <summary>The same message with the fields of contract/consensus.md, 1.1.1, and no others.</summary>
    public static Pb.Message Assigned(Pb.Message full)
    {
        var sparse = new Pb.Message { Type = full.Type, To = full.To, From = full.From };
        bool carriesTerm = full.Type is not (Pb.MessageType.MsgProp or Pb.MessageType.MsgReadIndex);
        if (carriesTerm)
            sparse.Term = full.Term;
        switch (full.Type)
        {
            case Pb.MessageType.MsgProp:
            case Pb.MessageType.MsgReadIndex:
                AddEntries(sparse, full);
                break;
            case Pb.MessageType.MsgApp:
                (sparse.Index, sparse.LogTerm, sparse.Commit) = (full.Index, full.LogTerm, full.Commit);
                AddEntries(sparse, full);
                break;
            case Pb.MessageType.MsgAppResp when full.Reject:
                (sparse.Index, sparse.LogTerm, sparse.Reject, sparse.RejectHint) = (full.Index, full.LogTerm, true, full.RejectHint);
                break;
            case Pb.MessageType.MsgAppResp when full.HasIndex:
                sparse.Index = full.Index;
                break;
            case Pb.MessageType.MsgVote:
            case Pb.MessageType.MsgPreVote:
                (sparse.Index, sparse.LogTerm) = (full.Index, full.LogTerm);
                if (full.Context.ToStringUtf8() == "CampaignTransfer")
                    sparse.Context = full.Context;
                break;
            case Pb.MessageType.MsgVoteResp when full.Reject:
            case Pb.MessageType.MsgPreVoteResp when full.Reject:
                sparse.Reject = true;
                break;
            case Pb.MessageType.MsgSnap:
                sparse.Snapshot = Assigned(full.Snapshot);
                break;
            case Pb.MessageType.MsgHeartbeat:
                sparse.Commit = full.Commit;
                AddContext(sparse, full);
                break;
            case Pb.MessageType.MsgHeartbeatResp:
                AddContext(sparse, full);
                break;
            case Pb.MessageType.MsgReadIndexResp:
                sparse.Index = full.Index;
                AddEntries(sparse, full);
                break;
        }
        return sparse;
    }

    public static Pb.Snapshot Assigned(Pb.Snapshot? full)
    {
        Pb.SnapshotMetadata? metadata = full?.Metadata;
        var snapshot = new Pb.Snapshot
        {
            Metadata = new Pb.SnapshotMetadata
            {
                ConfState = Assigned(metadata?.ConfState),
                Index = metadata?.Index ?? 0,
                Term = metadata?.Term ?? 0,
            },
        };
        if (full is { HasData: true, Data.Length: > 0 })
            snapshot.Data = full.Data;
        return snapshot;
    }

    public static Pb.ConfState Assigned(Pb.ConfState? full)
    {
        // A missing membership is written as an empty one, which has auto_leave.
        var state = new Pb.ConfState();
        if (full is null)
        {
            state.AutoLeave = false;
            return state;
        }
        state.Voters.AddRange(full.Voters);
        state.Learners.AddRange(full.Learners);
        state.VotersOutgoing.AddRange(full.VotersOutgoing);
        state.LearnersNext.AddRange(full.LearnersNext);
        if (full.HasAutoLeave)
            state.AutoLeave = full.AutoLeave;
        return state;
    }

    public static Pb.Entry Assigned(Pb.Entry full)
    {
        var entry = new Pb.Entry();
        if (full.HasType)
            entry.Type = full.Type;
        if (full.HasTerm)
            entry.Term = full.Term;
        if (full.HasIndex)
            entry.Index = full.Index;
        if (full.HasData)
            entry.Data = full.Data;
        return entry;
    }

    /// <summary>Numbers of every encoded length, zero and the largest one included.</summary>
    public static ulong Number(SeededRandom random) => random.Chance(0.2) ? 0 : random.NextUInt64() >> random.Next(64);

    private static ByteString Bytes(SeededRandom random, int lengthMax)
    {
        byte[] bytes = new byte[random.Next(lengthMax)];
        random.Fill(bytes);
        return ByteString.CopyFrom(bytes);
    }

    private static void AddEntries(Pb.Message sparse, Pb.Message full)
    {
        foreach (Pb.Entry entry in full.Entries)
            sparse.Entries.Add(Assigned(entry));
    }

    private static void AddContext(Pb.Message sparse, Pb.Message full)
    {
        if (full.Context.Length > 0)
            sparse.Context = full.Context;
    }
}
