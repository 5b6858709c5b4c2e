using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Google.Protobuf;
using Tenet.Bench.Http2;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Bench;

/// <summary>The requests of the scenarios. Keys are of one length, so a request is a template into which the key's digits are written.</summary>
internal static class Requests
{
    public const int ValueBytes = 256;
    private const int KeyDigits = 9;
    private const int FillBatch = 100;
    private static readonly byte[] Value = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("0123456789abcdef", ValueBytes / 16)));

    public static string Key(long number) => "key/" + number.ToString("D9", CultureInfo.InvariantCulture);

    /// <summary>Puts to random keys out of so many, until told to stop.</summary>
    public static NextRequest RandomPuts(int seed, int keys, Func<bool> stop) =>
        RandomKeys(new PutRequest { Key = ByteString.CopyFromUtf8(Key(0)), Value = ByteString.CopyFrom(Value) }, seed, keys, stop);

    /// <summary>Linearizable reads of random keys.</summary>
    public static NextRequest RandomGets(int seed, int keys, Func<bool> stop) =>
        RandomKeys(new RangeRequest { Key = ByteString.CopyFromUtf8(Key(0)) }, seed, keys, stop);

    /// <summary>Reads of 1,000 keys from a random place on.</summary>
    public static NextRequest RandomRanges(int seed, int keys, Func<bool> stop) =>
        RandomKeys(new RangeRequest { Key = ByteString.CopyFromUtf8(Key(0)), RangeEnd = ByteString.CopyFrom(0), Limit = 1000 }, seed, keys - 1000, stop);

    /// <summary>Puts to one key.</summary>
    public static NextRequest SameKey(string key, Func<bool> stop)
    {
        byte[] frame = Frame(new PutRequest { Key = ByteString.CopyFromUtf8(key), Value = ByteString.CopyFrom(Value) });
        return buffer => stop() ? 0 : Copy(frame, buffer);
    }

    /// <summary>Transactions that put each key of a range once; several connections share the counter.</summary>
    public static NextRequest Fill(Counter counter, int keys) => buffer =>
    {
        int first = (int)counter.Take(FillBatch);
        if (first >= keys)
            return 0;
        TxnRequest txn = new();
        for (int key = first; key < Math.Min(keys, first + FillBatch); key++)
            txn.Success.Add(new RequestOp { RequestPut = new() { Key = ByteString.CopyFromUtf8(Key(key)), Value = UnsafeByteOperations.UnsafeWrap(Value) } });
        return Copy(Frame(txn), buffer);
    };

    /// <summary>As the other form, with values of a size, as many in a transaction as make about the same message.</summary>
    public static NextRequest FillLarge(Counter counter, int keys, int valueBytes)
    {
        ByteString value = ByteString.CopyFrom(new byte[valueBytes]);
        int batch = Math.Max(1, FillBatch * ValueBytes / valueBytes);
        return buffer =>
        {
            long first = counter.Take(batch);
            if (first >= keys)
                return 0;
            TxnRequest txn = new();
            for (long key = first; key < Math.Min(keys, first + batch); key++)
                txn.Success.Add(new RequestOp { RequestPut = new() { Key = ByteString.CopyFromUtf8("fill/" + Key(key)), Value = value } });
            return Copy(Frame(txn), buffer);
        };
    }

    private static NextRequest RandomKeys(IMessage request, int seed, int keys, Func<bool> stop)
    {
        byte[] frame = Frame(request);
        int digits = frame.AsSpan().IndexOf(Encoding.ASCII.GetBytes(Key(0))) + "key/".Length;
        Random random = new(seed);
        return buffer =>
        {
            if (stop())
                return 0;
            random.Next(keys).TryFormat(frame.AsSpan(digits, KeyDigits), out _, "D9", CultureInfo.InvariantCulture);
            return Copy(frame, buffer);
        };
    }

    private static int Copy(byte[] frame, Span<byte> buffer)
    {
        frame.CopyTo(buffer);
        return frame.Length;
    }

    public static byte[] Frame(IMessage message)
    {
        byte[] frame = new byte[5 + message.CalculateSize()];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), frame.Length - 5);
        message.WriteTo(frame.AsSpan(5));
        return frame;
    }

    /// <summary>Hands out numbers to several connections.</summary>
    internal sealed class Counter
    {
        private long _next;

        public long Take(int count) => Interlocked.Add(ref _next, count) - count;
    }
}
