using System.Buffers;
using System.Runtime.CompilerServices;
using Google.Protobuf;
using Tenet.Protocol.Calls;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Framing;

namespace Tenet.Client.Calls;

/// <summary>Reads the messages of a response body. The buffer grows with what arrives, not with what a frame announces.</summary>
internal sealed class MessageReader(Stream body, int bytesMax) : IDisposable
{
    private const int BufferBytes = 4096;
    private const int BufferBytesKept = 256 * 1024;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
    private int _start;
    private int _end;

    /// <summary>Whether the body ended inside a message.</summary>
    public bool EndedInside => _start < _end;

    /// <summary>The next message, or null at the end of the body.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<T?> ReadAsync<T>(IMessageCodec<T> codec, CancellationToken cancellation)
        where T : class
    {
        while (true)
        {
            if (TryTake(codec, out T? message))
                return message;
            MakeRoom();
            int read = await body.ReadAsync(_buffer.AsMemory(_end), cancellation).ConfigureAwait(false);
            if (read == 0)
                return null;
            _end += read;
        }
    }

    /// <summary>Gives the buffer back. Never while a read is under way.</summary>
    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _start = _end = 0;
    }

    private bool TryTake<T>(IMessageCodec<T> codec, out T? message)
        where T : class
    {
        message = null;
        MessageFrame frame = MessageFrame.Read(new ReadOnlySequence<byte>(_buffer, _start, _end - _start), bytesMax);
        switch (frame.State)
        {
            case FrameState.TooLarge:
                throw new CallException(StatusCode.ResourceExhausted, $"grpc: received message larger than max ({frame.Length} vs. {bytesMax})");
            case not FrameState.Complete:
                return false;
        }
        if (frame.Flag != 0)
            throw new CallException(StatusCode.Internal, "grpc: compressed flag set with identity or empty encoding");
        try
        {
            message = codec.Read(frame.Payload);
        }
        catch (InvalidProtocolBufferException failure)
        {
            throw new CallException(StatusCode.Internal, $"grpc: failed to unmarshal the received message: {failure.Message}", failure);
        }
        _start += MessageFrame.HeaderBytes + (int)frame.Length;
        return true;
    }

    private void MakeRoom()
    {
        int pending = _end - _start;
        if (pending == 0)
        {
            _start = _end = 0;
            if (_buffer.Length > BufferBytesKept)
                Replace(BufferBytes, 0);
        }
        else if (_end == _buffer.Length)
        {
            // A whole buffer of one unfinished message doubles; what is left of the one before moves to the front.
            if (_start == 0)
                Replace((int)Math.Min(2L * _buffer.Length, Array.MaxLength), pending);
            else
                Buffer.BlockCopy(_buffer, _start, _buffer, 0, pending);
            (_start, _end) = (0, pending);
        }
    }

    private void Replace(int bytes, int pending)
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(bytes);
        Buffer.BlockCopy(_buffer, _start, larger, 0, pending);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
