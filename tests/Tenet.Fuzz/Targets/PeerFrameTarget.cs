using Google.Protobuf;
using Tenet.Foundation.Randomness;
using Tenet.Fuzz.Mutation;
using Tenet.Peer.Framing;
using Tenet.Raft;
using Tenet.Raft.Wire;
using Pb = Tenet.Protocol.Raftpb;

namespace Tenet.Fuzz.Targets;

/// <summary>
/// The streams between members, as they are read from a connection: whole ones give back what was written, damaged ones end the connection. A length that is
/// only announced costs nothing.
/// </summary>
internal sealed class PeerFrameTarget : FuzzTarget
{
    private const ulong Local = 1;
    private const ulong Remote = 2;

    public override string Summary => "both streams between members, damaged, in pieces of any size";

    public override int CasesInTests => 3000;

    public override long AllocatedBytesMax => 8L << 20;

    public override void Run(SeededRandom random)
    {
        StreamKind kind = random.Chance(0.5) ? StreamKind.Append : StreamKind.Message;
        List<Message> sent = Messages(random, kind);
        FrameBuffer buffer = new();
        FrameWriter writer = kind.Writer();
        foreach (Message message in sent)
        {
            writer.Write(message, buffer);
            if (random.Chance(0.2))
                writer.WriteHeartbeat(buffer);
        }

        byte[] bytes = buffer.Written.ToArray();
        bool whole = random.Chance(0.2);
        if (!whole)
            bytes = random.Chance(0.5) ? ByteMutator.Damage(random, bytes) : DamageMessage(random, kind, sent);
        try
        {
            List<Message> read = ReadAll(random, kind, bytes);
            if (whole && !read.Select(Hex).SequenceEqual(sent.Select(Hex)))
                throw FuzzFailedException.Of($"{kind}: {sent.Count} messages came back as {read.Count}, or as others", bytes);
        }
        catch (Exception failure) when (!whole && failure is IOException or RaftWireException)
        {
            // The connection ends.
        }
        catch (Exception failure) when (failure is not FuzzFailedException)
        {
            throw FuzzFailedException.Of($"{kind}", bytes, failure);
        }
    }

    private static List<Message> Messages(SeededRandom random, StreamKind kind)
    {
        List<Message> messages = [];
        ulong index = (ulong)random.Next(100);
        for (int left = 1 + random.Next(6); left > 0; left--)
        {
            if (kind == StreamKind.Message)
            {
                Pb.Message made = (Pb.Message)MessageGenerator.Make(random, Pb.Message.Descriptor);
                if (made.Type is Pb.MessageType.MsgApp || Read(made.ToByteArray()) is not { } message)
                    continue;
                messages.Add(message);
                continue;
            }

            if (random.Chance(0.2))
                index = (ulong)random.Next(100);
            List<Entry> entries = [];
            for (int count = random.Next(4); count > 0; count--)
            {
                byte[] data = new byte[random.Next(200)];
                random.Fill(data);
                entries.Add(new Entry(3, index + 1 + (ulong)entries.Count, EntryType.Normal, data));
            }

            messages.Add(new AppendEntries(Local, Remote, 3, 3, index, entries, (ulong)random.Next(100)));
            index += (ulong)entries.Count;
        }

        return messages;
    }

    /// <summary>A whole frame around a damaged message.</summary>
    private static byte[] DamageMessage(SeededRandom random, StreamKind kind, List<Message> sent)
    {
        Message message = sent.Count > 0 ? sent[random.Next(sent.Count)] : new Heartbeat(1, 2, 3, 4, default);
        byte[] body = WireMutator.Damage(random, RaftCodec.ToBytes(message));
        FrameBuffer buffer = new();
        if (kind == StreamKind.Append)
            buffer.Byte(random.Chance(0.8) ? AppendFrames.Whole : (byte)random.Next(256));
        buffer.Number(random.Chance(0.9) ? (ulong)body.Length : ByteMutator.Number(random));
        body.CopyTo(buffer.Take(body.Length));
        return buffer.Written.ToArray();
    }

    private static List<Message> ReadAll(SeededRandom random, StreamKind kind, byte[] bytes)
    {
        using PieceStream stream = new(bytes, random);
        FrameSource source = new(stream);
        FrameReader reader = kind.Reader(source, Local, Remote);
        List<Message> read = [];
        while (source.HasMoreAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult())
        {
            if (reader.ReadAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult() is { } message)
                read.Add(message);
        }

        return read;
    }

    /// <summary>Null for what no member sends.</summary>
    private static Message? Read(byte[] bytes)
    {
        try
        {
            // What is written once is in the form that members write.
            return RaftCodec.ReadMessage(bytes) is var message and not ForeignMessage and not Heartbeat { From: 0, To: 0 } ? RaftCodec.ReadMessage(RaftCodec.ToBytes(message)) : null;
        }
        catch (RaftWireException)
        {
            return null;
        }
    }

    private static string Hex(Message message) => Convert.ToHexString(RaftCodec.ToBytes(message));
}
