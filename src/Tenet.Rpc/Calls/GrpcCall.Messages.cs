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
    /// <summary>Messages up to this size are encoded into one span of the pipe; larger ones piece by piece, as the pipe's pooled blocks are no longer.</summary>
    private const int SpanBytesMax = 4096 - MessageFrame.HeaderBytes;

    /// <summary>At this many bytes a message is not held back for the one that follows it.</summary>
    private const int HeldBackBytesMax = 64 * 1024;

    private PipeReader? _reader;
    private PipeWriter? _writer;
    private Task _flushing = Task.CompletedTask;
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
        if (_traced)
            _answeredAt = DateTime.UtcNow;
        Task starting = StartAsync();
        if (!starting.IsCompletedSuccessfully)
            return RespondAfterAsync(starting, message, codec);
        _services.Metrics.SentBytes.Add(Put(message, codec, _writer!));
        Succeed();
        return Task.CompletedTask;
    }

    /// <summary>
    /// Sends one message of a stream, with those held back before it, and waits until the transport has room for more. A message that another
    /// follows at once is held back. One caller at a time; after a wait that was cancelled, none.
    /// </summary>
    public ValueTask SendAsync<T>(T message, IMessageCodec<T> codec, bool moreFollows, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        ThrowIfGone();
        if (!_started)
        {
            Task starting = StartAsync();
            if (!starting.IsCompletedSuccessfully)
                return SendAfterAsync(starting, message, codec, moreFollows, cancellation);
        }

        _heldBackBytes += Put(message, codec, _writer!);
        if (moreFollows && _heldBackBytes < HeldBackBytesMax)
            return ValueTask.CompletedTask;
        _services.Metrics.SentBytes.Add(_heldBackBytes);
        _heldBackBytes = 0;
        Conduct?.Answered();
        ValueTask<FlushResult> flushing = _writer!.FlushAsync(CancellationToken.None);
        if (flushing.IsCompletedSuccessfully)
        {
            _ = flushing.Result;
            return ValueTask.CompletedTask;
        }

        // The wait may be cancelled, the flush may not: what is half on its way must arrive whole before the trailers.
        _flushing = flushing.AsTask();
        return new ValueTask(_flushing.WaitAsync(cancellation));
    }

    /// <summary>Waits until the transport has taken everything, so that the trailers follow the last message.</summary>
    public Task DrainAsync()
    {
        _services.Metrics.SentBytes.Add(_heldBackBytes);
        _heldBackBytes = 0;
        return _flushing;
    }

    private async ValueTask SendAfterAsync<T>(Task starting, T message, IMessageCodec<T> codec, bool moreFollows, CancellationToken cancellation)
    {
        await starting;
        await SendAsync(message, codec, moreFollows, cancellation);
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
        Conduct?.Answered();
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
        _services.Metrics.SentBytes.Add(Put(message, codec, _writer!));
        Succeed();
    }

    /// <returns>The message's size before compression, in bytes.</returns>
    private int Put<T>(T message, IMessageCodec<T> codec, PipeWriter writer)
    {
        int size = CheckSize(message, codec);
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

    private static void PutCompressed<T>(T message, IMessageCodec<T> codec, int size, PipeWriter writer)
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
        _flushing = Task.CompletedTask;
        _heldBackBytes = 0;
        _torn = false;
        ReadRefusal = null;
    }
}
