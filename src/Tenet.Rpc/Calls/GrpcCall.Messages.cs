using System.Buffers;
using System.IO.Pipelines;
using Google.Protobuf;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Tenet.Protocol.Calls;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Framing;

namespace Tenet.Rpc.Calls;

/// <summary>The messages of a call: taken from the request's pipe, put into the response's.</summary>
internal sealed partial class GrpcCall
{
    /// <summary>Messages up to this size are encoded into one span; larger ones piece by piece.</summary>
    private const int SpanBytesMax = 32 * 1024;

    /// <summary>At this many gathered bytes a stream's writer waits for the transport.</summary>
    private const int GatheredBytesMax = 64 * 1024;

    /// <summary>At this many bytes a message is not held back for the one that follows it.</summary>
    private const int HeldBackBytesMax = 16 * 1024;

    private PipeReader? _reader;
    private PipeWriter? _writer;
    private readonly Lock _sending = new();
    private Task _pump = Task.CompletedTask;
    private bool _pumping;
    private ArrayBufferWriter<byte>? _gathered;
    private int _heldBackBytes;
    private bool _torn;

    /// <summary>Why reading failed, after <see cref="ReadOutcome.Refused"/>.</summary>
    public EtcdError? ReadRefusal { get; private set; }

    /// <summary>The pipe that the request's bytes arrive in.</summary>
    public PipeReader Reader => _reader ??= _features.GetRequiredFeature<IRequestBodyPipeFeature>().Reader;

    /// <summary>Takes one message out of what has arrived, and tells the pipe what was used.</summary>
    public ReadOutcome Take<T>(in ReadResult read, IMessageCodec<T> codec, bool unary, out T? message)
        where T : class
    {
        message = null;
        ReadOnlySequence<byte> buffer = read.Buffer;
        var frame = MessageFrame.Read(buffer, _services.Limits.ReceiveBytesMax);
        switch (frame.State)
        {
            case FrameState.Complete:
                ReadOutcome outcome = Decode(frame, codec, unary, out message);
                Reader.AdvanceTo(frame.Payload.End);
                return outcome;
            case FrameState.TooLarge:
                Reader.AdvanceTo(buffer.End);
                return Refuse(Refusals.MessageTooLarge(frame.Length, _services.Limits.ReceiveBytesMax));
            default:
                if (!read.IsCompleted)
                {
                    Reader.AdvanceTo(buffer.Start, buffer.End);
                    return ReadOutcome.NeedsMore;
                }
                Reader.AdvanceTo(buffer.End);
                // grpc-go takes a header that is cut short for the end of the stream.
                if (frame.State == FrameState.NeedsHeader)
                    return ReadOutcome.End;
                return Refuse(unary ? Refusals.CutMessage : Refusals.CutStreamMessage);
        }
    }

    /// <summary>Waits for the next message. <see cref="ReadOutcome.NeedsMore"/> does not come back.</summary>
    public async ValueTask<(ReadOutcome Outcome, T? Message)> ReadAsync<T>(IMessageCodec<T> codec, bool unary, CancellationToken cancellation)
        where T : class
    {
        while (true)
        {
            ReadResult read;
            try
            {
                read = await Reader.ReadAsync(cancellation);
            }
            catch (IOException gone)
            {
                throw new OperationCanceledException("the caller is gone", gone);
            }
            ReadOutcome outcome = Take(read, codec, unary, out T? message);
            if (outcome != ReadOutcome.NeedsMore)
                return (outcome, message);
        }
    }

    /// <summary>The whole answer of a unary call: headers, message, trailers. Kestrel sends them when the call returns.</summary>
    public Task RespondAsync<T>(T message, IMessageCodec<T> codec)
    {
        Task starting = StartAsync();
        if (!starting.IsCompletedSuccessfully)
            return RespondAfterAsync(starting, message, codec);
        Put(message, codec, _writer!);
        Succeed();
        return Task.CompletedTask;
    }

    /// <summary>
    /// Sends one message of a stream. While the transport is busy, messages gather in a bounded buffer and go out together; when that is full,
    /// this waits. The transport itself is never written to during a flush. A message that is followed by another at once goes out with it.
    /// </summary>
    public async ValueTask SendAsync<T>(T message, IMessageCodec<T> codec, bool moreFollows, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        ThrowIfGone();
        if (!_started)
            await StartAsync();
        while (true)
        {
            Task busy;
            lock (_sending)
            {
                if (!_pumping)
                {
                    _heldBackBytes += Put(message, codec, _writer!);
                    if (moreFollows && _heldBackBytes < HeldBackBytesMax)
                        return;
                    _heldBackBytes = 0;
                    ValueTask<FlushResult> flushing = _writer!.FlushAsync(CancellationToken.None);
                    if (flushing.IsCompletedSuccessfully)
                    {
                        _ = flushing.Result;
                        return;
                    }
                    _pumping = true;
                    _pump = PumpAsync(flushing.AsTask());
                    return;
                }
                _gathered ??= new ArrayBufferWriter<byte>();
                if (_gathered.WrittenCount < GatheredBytesMax)
                {
                    Put(message, codec, _gathered);
                    return;
                }
                busy = _pump;
            }
            await busy.WaitAsync(cancellation);
            ThrowIfGone();
        }
    }

    /// <summary>Waits until the transport has taken everything, so that the trailers follow the last message.</summary>
    public Task DrainAsync() => _pump;

    /// <summary>Passes on what gathers during a flush, flush after flush, until nothing is left.</summary>
    private async Task PumpAsync(Task<FlushResult> flushing)
    {
        while (true)
        {
            await flushing;
            lock (_sending)
            {
                if (_gathered is null || _gathered.WrittenCount == 0 || _lifetime.RequestAborted.IsCancellationRequested)
                {
                    _gathered = null;
                    _pumping = false;
                    return;
                }
                _writer!.Write(_gathered.WrittenSpan);
                _gathered.ResetWrittenCount();
                flushing = _writer!.FlushAsync(CancellationToken.None).AsTask();
            }
        }
    }

    private int CheckSize<T>(T message, IMessageCodec<T> codec)
    {
        int size = codec.SizeOf(message);
        return size <= _services.Limits.SendBytesMax
            ? size
            : throw new CallRefusedException(Refusals.ResponseTooLarge(size, _services.Limits.SendBytesMax));
    }

    private Task StartAsync()
    {
        _started = true;
        IHeaderDictionary headers = _response.Headers;
        headers.ContentType = _contentType;
        if (_gzip)
            headers.GrpcEncoding = GzipEncoding;
        _writer = _responseBody.Writer;
        return _responseBody.StartAsync();
    }

    private async Task RespondAfterAsync<T>(Task starting, T message, IMessageCodec<T> codec)
    {
        await starting;
        Put(message, codec, _writer!);
        Succeed();
    }

    /// <returns>The message's size before compression, in bytes.</returns>
    private int Put<T>(T message, IMessageCodec<T> codec, IBufferWriter<byte> writer)
    {
        int size = CheckSize(message, codec);
        _services.Metrics.SentBytes.Add(size);
        if (_gzip)
        {
            PutCompressed(message, codec, size, writer);
        }
        else if (size <= SpanBytesMax)
        {
            Span<byte> span = writer.GetSpan(MessageFrame.HeaderBytes + size);
            MessageFrame.WriteHeader(span, compressed: false, size);
            codec.Write(message, span.Slice(MessageFrame.HeaderBytes, size));
            writer.Advance(MessageFrame.HeaderBytes + size);
        }
        else
        {
            MessageFrame.WriteHeader(writer.GetSpan(MessageFrame.HeaderBytes), compressed: false, size);
            writer.Advance(MessageFrame.HeaderBytes);
            // Should encoding fail from here on, the frame stays incomplete and no status may follow it.
            _torn = true;
            codec.Write(message, writer);
            _torn = false;
        }
        return size;
    }

    private static void PutCompressed<T>(T message, IMessageCodec<T> codec, int size, IBufferWriter<byte> writer)
    {
        byte[] plain = new byte[size];
        codec.Write(message, plain);
        byte[] packed = Gzip.Compress(plain);
        MessageFrame.WriteHeader(writer.GetSpan(MessageFrame.HeaderBytes), compressed: true, packed.Length);
        writer.Advance(MessageFrame.HeaderBytes);
        writer.Write(packed);
    }

    private ReadOutcome Decode<T>(in MessageFrame frame, IMessageCodec<T> codec, bool unary, out T? message)
        where T : class
    {
        message = null;
        ReadOnlySequence<byte> payload = frame.Payload;
        if (frame.Flag > 1)
            return Refuse(Refusals.PayloadFormat(frame.Flag));
        try
        {
            if (frame.Flag == 1)
            {
                if (!_gzip)
                    return Refuse(Refusals.CompressedWithoutEncoding);
                if (!Gzip.TryDecompress(payload, _services.Limits.ReceiveBytesMax, out byte[] plain))
                    return Refuse(Refusals.TooLargeDecompressed(_services.Limits.ReceiveBytesMax));
                payload = new ReadOnlySequence<byte>(plain);
            }
            _services.Metrics.ReceivedBytes.Add(payload.Length);
            message = codec.Read(payload);
            return ReadOutcome.Message;
        }
        catch (InvalidProtocolBufferException)
        {
            return Refuse(unary ? Refusals.Undecodable : Refusals.UndecodableOnStream);
        }
        catch (InvalidDataException)
        {
            return Refuse(Refusals.BrokenCompression);
        }
    }

    private ReadOutcome Refuse(EtcdError error)
    {
        ReadRefusal = error;
        return ReadOutcome.Refused;
    }

    private void ThrowIfGone()
    {
        if (_lifetime.RequestAborted.IsCancellationRequested)
            throw new OperationCanceledException("the caller is gone");
    }

    private void ResetMessages()
    {
        _reader = null;
        _writer = null;
        _pump = Task.CompletedTask;
        _pumping = false;
        _gathered = null;
        _heldBackBytes = 0;
        _torn = false;
        ReadRefusal = null;
    }
}
