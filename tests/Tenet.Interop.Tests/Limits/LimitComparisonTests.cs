using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Google.Protobuf;
using Tenet.Fuzz.Worlds;
using Tenet.Interop.Tests.Processes;
using Tenet.Interop.Tests.Wire;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Interop.Tests.Limits;

/// <summary>Callers that want more than they may, before real etcd and before Tenet with the same flags.</summary>
public sealed class LimitComparisonTests
{
    private const string Put = "/etcdserverpb.KV/Put";
    private const string Watch = "/etcdserverpb.Watch/Watch";
    private const int RequestBytesMax = 10_000;

    private static readonly string[] Flags = ["--max-concurrent-streams", "2", "--max-txn-ops", "3", "--max-request-bytes", "10000", "--grpc-keepalive-min-time", "1h"];

    [InteropFact]
    public async Task Each_is_told_the_same()
    {
        using Scratch scratch = new();
        await using ServerProcess etcd = await ServerProcess.StartAsync(Binaries.NewEtcd, scratch["etcd"], Flags);
        await using ServerProcess subject = await ServerProcess.StartAsync(Binaries.Subject, scratch["subject"], Flags);
        List<string>[] answers = await Task.WhenAll(AskAsync(etcd.Port), AskAsync(subject.Port));
        Assert.Equal(answers[0], answers[1]);
        Assert.Contains("pings: goodbye 0/11 too_many_pings, closed", answers[0]);
        Assert.Contains("pings during a call: goodbye 1/11 too_many_pings, closed", answers[0]);
        Assert.Contains("calls beyond the bound: reset 5/7, reset 7/7", answers[0]);
    }

    private static async Task<List<string>> AskAsync(int port)
    {
        List<string> answers = [];
        using (GrpcClient client = new(port))
        {
            // 18 bytes around a put with a key of 3.
            foreach (int size in new[] { RequestBytesMax - 18, RequestBytesMax - 17, RequestBytesMax + 524_288, RequestBytesMax + 524_289 })
            {
                PutRequest put = new() { Key = ByteString.CopyFromUtf8("key") };
                put.Value = ByteString.CopyFrom(new byte[size - put.CalculateSize() - 1 - CodedOutputStream.ComputeLengthSize(size)]);
                GrpcReply<PutResponse> reply = await client.CallAsync<PutResponse>(Put, put);
                answers.Add($"a put of {size} bytes: {reply.Status} {reply.Text}");
            }

            foreach (TxnRequest txn in new[] { Txn(3, nested: false), Txn(4, nested: false), Txn(4, nested: true) })
            {
                GrpcReply<TxnResponse> reply = await client.CallAsync<TxnResponse>("/etcdserverpb.KV/Txn", txn);
                answers.Add($"a txn: {reply.Status} {reply.Text}");
            }
        }

        await Task.Run(() => AskInFrames(new Uri($"http://127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}"), answers));
        return answers;
    }

    private static void AskInFrames(Uri uri, List<string> answers)
    {
        using (FrameConnection connection = new(uri))
        {
            Ping(connection, 4);
            answers.Add($"pings: {Told(connection, int.MaxValue)}");
        }

        using (FrameConnection connection = new(uri))
        {
            OpenWatch(connection, 1);
            _ = Told(connection, 1, FrameConnection.Data);
            Ping(connection, 4);
            answers.Add($"pings during a call: {Told(connection, int.MaxValue)}");
        }

        using (FrameConnection connection = new(uri))
        {
            foreach (int stream in new[] { 1, 3, 5, 7 })
                OpenWatch(connection, stream);
            answers.Add($"calls beyond the bound: {Told(connection, 2)}");
        }

        using (FrameConnection connection = new(uri))
        {
            connection.Send(FrameConnection.Frame(FrameConnection.Headers, 4, 1, FrameConnection.CallBlock(Put, ("grpc-timeout", "100m"))));
            // With a status or with a reset: etcd does now the one, now the other.
            answers.Add($"a deadline without a request: {(Told(connection, 1, FrameConnection.Headers) == "closed" ? "closed" : "ended")}");
        }

        using (FrameConnection connection = new(uri))
        {
            try
            {
                for (int stream = 1; stream < 6000; stream += 2)
                {
                    OpenWatch(connection, stream);
                    connection.Send(FrameConnection.Frame(FrameConnection.Reset, 0, stream, [0, 0, 0, 8]));
                }
            }
            catch (IOException)
            {
                // A server may have enough of it before its end, and closes; others must not notice.
            }

            using FrameConnection other = new(uri);
            byte[] put = GrpcClient.Frame(new PutRequest { Key = ByteString.CopyFromUtf8("a") }.ToByteArray());
            answers.Add($"a put beside calls that are reset in a row: {(other.Call(Put, put) is null ? "closed" : "answered")}");
        }
    }

    private static void Ping(FrameConnection connection, int times)
    {
        for (int i = 0; i < times; i++)
            connection.Send(FrameConnection.Frame(FrameConnection.Ping, 0, 0, new byte[8]));
    }

    private static void OpenWatch(FrameConnection connection, int stream)
    {
        connection.Send(FrameConnection.Frame(FrameConnection.Headers, 4, stream, FrameConnection.CallBlock(Watch)));
        byte[] create = new WatchRequest { CreateRequest = new WatchCreateRequest { Key = ByteString.CopyFromUtf8("a") } }.ToByteArray();
        connection.Send(FrameConnection.Frame(FrameConnection.Data, 0, stream, GrpcClient.Frame(create)));
    }

    /// <summary>What the server says next: so many farewells and resets, or frames of one kind.</summary>
    private static string Told(FrameConnection connection, int count, byte? kind = null)
    {
        List<string> told = [];
        while (told.Count < count)
        {
            if (connection.ReadFrame() is not { } frame)
            {
                told.Add("closed");
                break;
            }

            if (kind == frame.Type)
                told.Add($"frame {frame.Type} of stream {frame.Stream}, flags {frame.Flags}");
            else if (frame.Type == FrameConnection.Reset)
                told.Add($"reset {frame.Stream}/{BinaryPrimitives.ReadInt32BigEndian(frame.Payload)}");
            else if (frame.Type == FrameConnection.GoAway)
                told.Add($"goodbye {BinaryPrimitives.ReadInt32BigEndian(frame.Payload)}/{BinaryPrimitives.ReadInt32BigEndian(frame.Payload.AsSpan(4))} {Encoding.ASCII.GetString(frame.Payload.AsSpan(8))}");
        }

        return string.Join(", ", told);
    }

    private static TxnRequest Txn(int operations, bool nested)
    {
        TxnRequest txn = new();
        for (int i = 0; i < operations; i++)
            txn.Success.Add(new RequestOp { RequestPut = new PutRequest { Key = ByteString.CopyFromUtf8($"t{i}") } });
        return nested ? new TxnRequest { Success = { new RequestOp { RequestTxn = txn } } } : txn;
    }
}
