using System.Buffers.Binary;
using System.Net;
using System.Threading.Channels;
using Google.Protobuf;

namespace Tenet.Interop.Tests.Wire;

/// <summary>A duplex call.</summary>
internal sealed class GrpcStream<TRequest, TResponse> : IDisposable
    where TRequest : IMessage
    where TResponse : class, IMessage<TResponse>, new()
{
    private readonly Channel<byte[]> _outgoing = Channel.CreateUnbounded<byte[]>();
    private readonly CancellationTokenSource _cancel = new(TimeSpan.FromSeconds(60));
    private readonly Task<HttpResponseMessage> _response;
    private Stream? _body;

    public GrpcStream(HttpClient http, string method)
    {
        HttpRequestMessage request = GrpcClient.Request(method, new Outgoing(_outgoing.Reader));
        _response = http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, _cancel.Token);
    }

    public void Send(TRequest message) => _outgoing.Writer.TryWrite(GrpcClient.Frame(message.ToByteArray()));

    public void CloseSending() => _outgoing.Writer.TryComplete();

    /// <summary>The next message; null at the end of the call.</summary>
    public async Task<TResponse?> ReadAsync()
    {
        _body ??= await (await _response).Content.ReadAsStreamAsync(_cancel.Token);
        byte[] prefix = new byte[5];
        int read = await _body.ReadAtLeastAsync(prefix, prefix.Length, throwOnEndOfStream: false, _cancel.Token);
        if (read == 0)
            return null;
        byte[] bytes = new byte[BinaryPrimitives.ReadInt32BigEndian(prefix.AsSpan(1))];
        await _body.ReadExactlyAsync(bytes, _cancel.Token);
        TResponse message = new();
        message.MergeFrom(bytes);
        return message;
    }

    /// <summary>How the call ended; to be asked after <see cref="ReadAsync"/> returned null.</summary>
    public async Task<(int Status, string Text)> StatusAsync() => GrpcClient.StatusOf(await _response);

    public void Dispose()
    {
        _outgoing.Writer.TryComplete();
        _cancel.Cancel();
        _cancel.Dispose();
    }

    private sealed class Outgoing(ChannelReader<byte[]> frames) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.FlushAsync();
            await foreach (byte[] frame in frames.ReadAllAsync())
            {
                await stream.WriteAsync(frame);
                await stream.FlushAsync();
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
