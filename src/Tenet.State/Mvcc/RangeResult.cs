using System.Buffers;
using Google.Protobuf;
using Tenet.Foundation;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Mvccpb;

namespace Tenet.State.Mvcc;

/// <summary>
/// What a range found, already encoded as a RangeResponse has it: a stored record is a KeyValue, so answering copies bytes and parses
/// nothing. Dispose it (or let a codec write it, which does) to give its buffers back.
/// </summary>
public sealed class RangeResult : IDisposable
{
    private const byte HeaderTag = 0x0a;
    private const byte KvTag = 0x12;
    private const byte MoreTag = 0x18;
    private const byte CountTag = 0x20;

    private readonly ChunkedBuffer _kvs = new();
    private int _lastLength;

    internal RangeResult()
    {
    }

    /// <summary>The store's revision when it was read.</summary>
    public long Revision { get; internal set; }

    /// <summary>Keys in the range at the revision, whatever limit and filters left of them.</summary>
    public long Count { get; internal set; }

    /// <summary>Whether the limit cut something off.</summary>
    public bool More { get; internal set; }

    /// <summary>How many key-values it holds.</summary>
    public int KvCount { get; private set; }

    /// <summary>The header that goes out with it; the server fills it in. Null writes none.</summary>
    public ResponseHeader? Header { get; set; }

    /// <summary>The encoded length of the whole response, in bytes.</summary>
    public int EncodedLength => checked((int)_kvs.Length) + HeaderLength + (More ? 2 : 0) + (Count == 0 ? 0 : 1 + Varint.SizeOf((ulong)Count));

    private int HeaderLength
    {
        get
        {
            int length = Header?.CalculateSize() ?? 0;
            return Header == null ? 0 : 1 + Varint.SizeOf((ulong)length) + length;
        }
    }

    /// <summary>Writes the response into a span of exactly <see cref="EncodedLength"/> bytes.</summary>
    public void WriteTo(Span<byte> output)
    {
        int at = 0;
        if (Header != null)
        {
            int length = Header.CalculateSize();
            at = WriteTagged(output, at, HeaderTag, (ulong)length);
            Header.WriteTo(output.Slice(at, length));
            at += length;
        }

        for (int i = 0; i < _kvs.Pieces; i++)
        {
            _kvs.Piece(i).CopyTo(output[at..]);
            at += _kvs.Piece(i).Length;
        }

        if (More)
            at = WriteTagged(output, at, MoreTag, 1);
        if (Count != 0)
            WriteTagged(output, at, CountTag, (ulong)Count);
    }

    /// <summary>Writes the response piece by piece.</summary>
    public void WriteTo(IBufferWriter<byte> output)
    {
        if (Header != null)
        {
            WriteTagged(output, HeaderTag, (ulong)Header.CalculateSize());
            Header.WriteTo(output);
        }

        for (int i = 0; i < _kvs.Pieces; i++)
            output.Write(_kvs.Piece(i));
        if (More)
            WriteTagged(output, MoreTag, 1);
        if (Count != 0)
            WriteTagged(output, CountTag, (ulong)Count);
    }

    /// <summary>The generated message, for who needs it.</summary>
    public RangeResponse ToResponse()
    {
        var response = new RangeResponse { Header = Header, More = More, Count = Count };
        response.Kvs.Capacity = KvCount;
        for (int i = 0; i < _kvs.Pieces; i++)
        {
            ReadOnlySpan<byte> piece = _kvs.Piece(i);
            for (int at = 0; at < piece.Length;)
            {
                bool readable = Varint.TryRead(piece, ref at, out ulong tag) & Varint.TryRead(piece, ref at, out ulong length);
                Invariant.That(readable && tag == KvTag, $"a range result holds bytes that it did not write");
                response.Kvs.Add(KeyValue.Parser.ParseFrom(piece.Slice(at, (int)length)));
                at += (int)length;
            }
        }

        return response;
    }

    /// <summary>Gives its buffers back.</summary>
    public void Dispose() => _kvs.Dispose();

    internal static int WriteTagged(Span<byte> output, int at, byte tag, ulong number)
    {
        output[at++] = tag;
        return at + Varint.Write(output[at..], number);
    }

    internal static void WriteTagged(IBufferWriter<byte> output, byte tag, ulong number)
    {
        Span<byte> bytes = output.GetSpan(11);
        bytes[0] = tag;
        output.Advance(1 + Varint.Write(bytes[1..], number));
    }

    /// <summary>The key of the last key-value.</summary>
    internal ReadOnlySpan<byte> LastKey()
    {
        KeyValueRecord.TryRead(_kvs.Piece(_kvs.Pieces - 1)[^_lastLength..], out KeyValueFields fields);
        return fields.Key;
    }

    /// <summary>Adds a key-value as it is stored.</summary>
    internal void Add(ReadOnlySpan<byte> record) => record.CopyTo(AddSpace(record.Length));

    /// <summary>Adds a key-value of the given length, to be encoded into the returned span.</summary>
    internal Span<byte> AddSpace(int length)
    {
        int prefix = 1 + Varint.SizeOf((ulong)length);
        Span<byte> taken = _kvs.Take(prefix + length);
        taken[0] = KvTag;
        Varint.Write(taken[1..], (ulong)length);
        KvCount++;
        _lastLength = length;
        return taken[prefix..];
    }
}
