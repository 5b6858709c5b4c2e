using System.Buffers;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Tenet.Foundation;
using Tenet.Foundation.Randomness;
using Tenet.Fuzz.Mutation;
using Tenet.Peer;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Framing;
using Tenet.Protocol.Mvccpb;
using Tenet.Raft;
using Tenet.Raft.Wire;
using Tenet.State.Apply;
using Tenet.State.Members;
using Tenet.State.Mvcc;
using Pb = Tenet.Protocol.Raftpb;

namespace Tenet.Fuzz.Targets;

/// <summary>
/// Hand-written decoders beside generated ones: what the one takes the other takes too, and both read the same. A hand-written one may refuse more, as
/// etcd's does (field 0, lengths beyond the bytes, entries with a gap).
/// </summary>
internal sealed class CodecTarget : FuzzTarget
{
    private static readonly (MessageDescriptor Type, Action<byte[]> Check)[] Codecs =
    [
        (Pb.Message.Descriptor, CheckMessage),
        (Pb.Message.Descriptor, CheckMessage),
        (Pb.Entry.Descriptor, CheckEntry),
        (Pb.HardState.Descriptor, CheckHardState),
        (Pb.ConfState.Descriptor, CheckConfState),
        (Pb.Snapshot.Descriptor, CheckSnapshot),
        (Pb.ConfChange.Descriptor, CheckConfChange),
        (Pb.ConfChangeV2.Descriptor, CheckConfChangeV2),
        (KeyValue.Descriptor, CheckKeyValue),
        (InternalRaftRequest.Descriptor, CheckEntryData),
        (Request.Descriptor, CheckEntryData),
    ];

    public override string Summary => "hand-written decoders and the generated ones, with the same damaged messages; texts of headers";

    public override int CasesInTests => 6000;

    public override void Run(SeededRandom random)
    {
        if (random.Chance(0.1))
        {
            CheckTexts(random);
            return;
        }

        (MessageDescriptor type, Action<byte[]> check) = Codecs[random.Next(Codecs.Length)];
        byte[] bytes = MessageGenerator.Make(random, type).ToByteArray();
        if (random.Chance(0.8))
            bytes = WireMutator.Damage(random, bytes);
        try
        {
            check(bytes);
        }
        catch (Exception failure) when (failure is not FuzzFailedException)
        {
            throw FuzzFailedException.Of($"{type.FullName}", bytes, failure);
        }
    }

    private static void CheckMessage(byte[] bytes)
    {
        if (Taken(RaftCodec.ReadMessage, bytes) is not { } message || Expected(Pb.Message.Parser, bytes) is not { } expected)
            return;
        Same(bytes, "to and from", (expected.To, expected.From), (message.To, message.From));
        switch (message)
        {
            case ForeignMessage:
                return;
            case AppendEntries append:
                Same(bytes, "append", (expected.Term, expected.LogTerm, expected.Index, expected.Commit), (append.Term, append.LogTerm, append.Index, append.Commit));
                Same(bytes, "entries", expected.Entries.Count, append.Entries.Count);
                break;
            case InstallSnapshot install:
                Same(bytes, "snapshot", (expected.Snapshot?.Metadata?.Index ?? 0, expected.Snapshot?.Metadata?.Term ?? 0), (install.Snapshot.Index, install.Snapshot.Term));
                break;
            case Heartbeat heartbeat:
                Same(bytes, "heartbeat", (expected.Term, expected.Commit), (heartbeat.Term, heartbeat.Commit));
                break;
        }

        // What a member passes on of it, another member reads.
        byte[] again = RaftCodec.ToBytes(message);
        Same(bytes, "written size", again.Length, RaftCodec.SizeOf(message));
        Same(bytes, "written again", Convert.ToHexString(again), Convert.ToHexString(RaftCodec.ToBytes(RaftCodec.ReadMessage(again))));
        _ = Pb.Message.Parser.ParseFrom(again);
    }

    private static void CheckEntry(byte[] bytes)
    {
        if (Taken(static b => (Entry?)RaftCodec.ReadEntry(b), bytes) is not { } entry || Expected(Pb.Entry.Parser, bytes) is not { } expected)
            return;
        Same(bytes, "entry", (expected.Term, expected.Index), (entry.Term, entry.Index));
        Same(bytes, "data", Convert.ToHexString(expected.Data.Span), Convert.ToHexString(entry.Data.Span));
        // The generated code sets a type apart that it does not know; etcd keeps it.
        if (entry.Type is EntryType.Normal or EntryType.ConfChange or EntryType.ConfChangeV2)
            Same(bytes, "written", Convert.ToHexString(Known(expected).ToByteArray()), Convert.ToHexString(RaftCodec.ToBytes(entry)));
    }

    private static Pb.Entry Known(Pb.Entry entry) => Pb.Entry.Parser.WithDiscardUnknownFields(true).ParseFrom(entry.ToByteArray());

    private static void CheckHardState(byte[] bytes)
    {
        if (Taken(static b => (HardState?)RaftCodec.ReadHardState(b), bytes) is { } state && Expected(Pb.HardState.Parser, bytes) is { } expected)
            Same(bytes, "hard state", (expected.Term, expected.Vote, expected.Commit), (state.Term, state.Vote, state.Commit));
    }

    private static void CheckConfState(byte[] bytes)
    {
        if (Taken(RaftCodec.ReadConfState, bytes) is { } state && Expected(Pb.ConfState.Parser, bytes) is { } expected)
            Same(bytes, "membership", Text(expected), state.ToString());
    }

    private static void CheckSnapshot(byte[] bytes)
    {
        if (Taken(RaftCodec.ReadSnapshot, bytes) is not { } snapshot || Expected(Pb.Snapshot.Parser, bytes) is not { } expected)
            return;
        Same(bytes, "snapshot", (expected.Metadata?.Index ?? 0, expected.Metadata?.Term ?? 0), (snapshot.Index, snapshot.Term));
        Same(bytes, "membership", Text(expected.Metadata?.ConfState ?? new Pb.ConfState()), snapshot.ConfState.ToString());
        Same(bytes, "data", Convert.ToHexString(expected.Data.Span), Convert.ToHexString(snapshot.Data.Span));
    }

    private static void CheckConfChange(byte[] bytes)
    {
        if (Taken(RaftCodec.ReadConfChange, bytes) is not { } change || Expected(Pb.ConfChange.Parser, bytes) is not { } expected)
            return;
        Same(bytes, "change", (expected.NodeId, expected.HasId ? expected.Id : (ulong?)null), (change.NodeId, change.Id));
        Same(bytes, "context", Convert.ToHexString(expected.Context.Span), Convert.ToHexString(change.Context.Span));
    }

    private static void CheckConfChangeV2(byte[] bytes)
    {
        if (Taken(RaftCodec.ReadConfChangeV2, bytes) is not { } change || Expected(Pb.ConfChangeV2.Parser, bytes) is not { } expected)
            return;
        Same(bytes, "nodes", string.Join(' ', expected.Changes.Select(static one => one.NodeId)), string.Join(' ', change.Changes.Select(static one => one.NodeId)));
        Same(bytes, "context", Convert.ToHexString(expected.Context.Span), Convert.ToHexString(change.Context.Span));
    }

    private static void CheckKeyValue(byte[] bytes)
    {
        if (!KeyValueRecord.TryRead(bytes, out KeyValueFields fields) || Expected(KeyValue.Parser, bytes) is not { } expected)
            return;
        Same(
            bytes,
            "numbers",
            (expected.CreateRevision, expected.ModRevision, expected.Version, expected.Lease),
            (fields.CreateRevision, fields.ModRevision, fields.Version, fields.Lease));
        Same(bytes, "key", Convert.ToHexString(expected.Key.Span), Convert.ToHexString(fields.Key));
        Same(bytes, "value", Convert.ToHexString(expected.Value.Span), Convert.ToHexString(fields.Value));
    }

    private static void CheckEntryData(byte[] bytes)
    {
        try
        {
            _ = EntryDecoder.Decode(bytes, 7);
        }
        catch (UnsupportedEntryException)
        {
            // Said in so many words.
        }
    }

    private static void CheckTexts(SeededRandom random)
    {
        string[] valid = ["100m", "99999999H", "AAECAw==", "%e4%bd%a0", "3.5.30", "fffe", "{\"id\":7,\"peerURLs\":[\"http://a:1\"],\"name\":\"n\"}", "http://127.0.0.1:2379"];
        byte[] bytes = ByteMutator.Damage(random, System.Text.Encoding.UTF8.GetBytes(valid[random.Next(valid.Length)]));
        string text = System.Text.Encoding.Latin1.GetString(bytes);
        try
        {
            _ = CallTimeout.TryParse(text, out _, out _);
            if (!BinaryHeader.TryDecode(text, out _))
                _ = BinaryHeader.FirstIllegalByte(text);
            Same(bytes, "status text", text, StatusText.Decode(StatusText.Encode(text)));
            _ = StatusText.Decode(text);
            _ = PeerVersion.TryParse(text, out _);
            _ = HexId.TryParse(text, out _);
            _ = MessageFrame.Read(new ReadOnlySequence<byte>(bytes), 100);
            Allow<CorruptionException>(() => MemberJson.ReadContext(bytes, "here"));
            Allow<CorruptionException>(() => MemberJson.ReadAttributes(text, "here"));
            Allow<CorruptionException>(() => V2StoreDocument.Read(bytes, "here"));
        }
        catch (Exception failure) when (failure is not FuzzFailedException)
        {
            throw FuzzFailedException.Of("a text", bytes, failure);
        }
    }

    private static void Allow<T>(Action action)
        where T : Exception
    {
        try
        {
            action();
        }
        catch (T)
        {
            // The one way to refuse.
        }
    }

    private static T? Taken<T>(Func<ReadOnlyMemory<byte>, T?> read, byte[] bytes)
    {
        try
        {
            return read(bytes);
        }
        catch (RaftWireException)
        {
            return default;
        }
    }

    /// <summary>The generated message; null where the generated code refuses what lies within a field that nobody looks into.</summary>
    private static T? Expected<T>(MessageParser<T> parser, byte[] bytes)
        where T : class, IMessage<T>
    {
        try
        {
            return parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException refused)
        {
            if (typeof(T) == typeof(Pb.Message))
                return null;
            throw FuzzFailedException.Of("the generated code refuses it", bytes, refused);
        }
    }

    private static string Text(Pb.ConfState state) =>
        new ConfState([.. state.Voters], [.. state.Learners], [.. state.VotersOutgoing], [.. state.LearnersNext], state.AutoLeave).ToString();

    private static void Same<T>(byte[] bytes, string what, T expected, T found)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, found))
            throw FuzzFailedException.Of($"{what}: generated {expected}, hand-written {found}", bytes);
    }
}
