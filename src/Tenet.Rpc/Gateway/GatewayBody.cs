using System.Buffers;
using System.IO.Pipelines;
using Google.Protobuf;
using Tenet.Protocol.Calls;
using Tenet.Protocol.Errors;
using Tenet.Rpc.Calls;
using Tenet.Rpc.Gateway.Json;

namespace Tenet.Rpc.Gateway;

/// <summary>The body of a request: JSON messages one after another, read as they arrive.</summary>
internal sealed class GatewayBody(PipeReader reader, CallServices services)
{
    /// <summary>
    /// JSON for one byte of a message, at most: a byte is 4/3 characters of base64, and six if a caller escapes every one of them is 8. A body beyond
    /// that cannot hold a message that is let in.
    /// </summary>
    private const int JsonBytesPerByte = 8;

    private readonly JsonScanner _scanner = new();

    private long JsonBytesMax => (long)services.Limits.ReceiveBytesMax * JsonBytesPerByte;

    /// <summary>The next message, or null when the body is at its end.</summary>
    /// <exception cref="RefusalException">What comes next is no such message.</exception>
    public async ValueTask<T?> ReadAsync<T>(IMessageCodec<T> codec, MessageShape shape, CancellationToken cancellation)
        where T : class
    {
        _scanner.Reset();
        long scanned = 0;
        while (true)
        {
            ReadResult read = await reader.ReadAsync(cancellation);
            ReadOnlySequence<byte> buffer = read.Buffer;
            // After a refusal nothing of what has arrived is of use.
            SequencePosition used = buffer.End;
            SequencePosition seen = buffer.End;
            try
            {
                ScanOutcome outcome = Scan(buffer.Slice(scanned), ref scanned);
                if (outcome == ScanOutcome.NeedsMore && read.IsCompleted)
                    outcome = EndOfBody();
                if (_scanner.IsBlank && read.IsCompleted)
                    return null;
                if (outcome == ScanOutcome.Complete)
                {
                    T message = Decode(buffer.Slice(0, scanned), codec, shape);
                    used = seen = buffer.GetPosition(scanned);
                    return message;
                }

                if (scanned > JsonBytesMax)
                    throw new EtcdError(StatusCode.ResourceExhausted, $"gateway: a message in JSON is larger than max {JsonBytesMax}").ToException();
                used = buffer.Start;
            }
            finally
            {
                reader.AdvanceTo(used, seen);
            }
        }
    }

    private ScanOutcome EndOfBody() => _scanner.IsBlank || _scanner.End() ? ScanOutcome.Complete : throw Refuse("unexpected EOF");

    private ScanOutcome Scan(in ReadOnlySequence<byte> news, ref long scanned)
    {
        foreach (ReadOnlyMemory<byte> piece in news)
        {
            ScanOutcome outcome = _scanner.Feed(piece.Span, out int consumed);
            scanned += consumed;
            if (outcome == ScanOutcome.Refused)
                throw Refuse(_scanner.Refusal);
            if (outcome == ScanOutcome.Complete)
                return outcome;
        }

        return ScanOutcome.NeedsMore;
    }

    private T Decode<T>(in ReadOnlySequence<byte> json, IMessageCodec<T> codec, MessageShape shape)
    {
        byte[]? joined = json.IsSingleSegment ? null : ArrayPool<byte>.Shared.Rent(checked((int)json.Length));
        try
        {
            ReadOnlySpan<byte> text = json.FirstSpan;
            if (joined is not null)
            {
                json.CopyTo(joined);
                text = joined.AsSpan(0, (int)json.Length);
            }

            using WireBuffer wire = new();
            JsonMessageReader.Read(text.TrimStart(" \t\r\n"u8), shape, wire);
            if (wire.Length > services.Limits.ReceiveBytesMax)
                throw Refusals.MessageTooLarge((uint)wire.Length, services.Limits.ReceiveBytesMax).ToException();
            services.Metrics.ReceivedBytes.Add(wire.Length);
            return codec.Read(new ReadOnlySequence<byte>(wire.Written));
        }
        catch (JsonRefusedException refused)
        {
            throw Refuse(refused.Message);
        }
        catch (InvalidProtocolBufferException broken)
        {
            throw Refuse($"proto: {broken.Message}");
        }
        finally
        {
            if (joined is not null)
                ArrayPool<byte>.Shared.Return(joined);
        }
    }

    private static RefusalException Refuse(string message) => new EtcdError(StatusCode.InvalidArgument, message).ToException();
}
