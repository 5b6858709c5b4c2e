using System.Buffers.Binary;
using Google.Protobuf;

namespace Tenet.Rpc.Tests.Support;

/// <summary>An open call with a stream of requests.</summary>
internal sealed class GrpcStream(HttpRequestMessage request, IEndable content, Stream requests, Task<HttpResponseMessage> response) : IDisposable
{
    private Stream? _responses;

    public async Task SendAsync(IMessage message) => await SendAsync(GrpcClient.Frame(message));

    public async Task SendAsync(byte[] bytes)
    {
        await requests.WriteAsync(bytes);
        await requests.FlushAsync();
    }

    public void CloseRequests() => content.End();

    /// <summary>The next message, or null at the end of the stream.</summary>
    public async Task<T?> ReadAsync<T>()
        where T : class, IMessage<T>, new()
    {
        Stream stream = await ResponsesAsync();
        byte[] header = new byte[5];
        int got = await stream.ReadAtLeastAsync(header, 5, throwOnEndOfStream: false).AsTask().WaitAsync(TestServer.Patience);
        if (got == 0)
            return null;
        Assert.Equal(5, got);
        byte[] payload = new byte[BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(1))];
        await stream.ReadExactlyAsync(payload).AsTask().WaitAsync(TestServer.Patience);
        var message = new T();
        message.MergeFrom(payload);
        return message;
    }

    /// <summary>Reads to the end and gives the status.</summary>
    public async Task<GrpcResult> EndAsync()
    {
        using var rest = new MemoryStream();
        await (await ResponsesAsync()).CopyToAsync(rest).WaitAsync(TestServer.Patience);
        return GrpcResult.Of(await response, rest.ToArray());
    }

    /// <summary>Resets the stream.</summary>
    public void Dispose()
    {
        if (response.IsCompletedSuccessfully)
            response.Result.Dispose();
        content.End();
        request.Dispose();
    }

    private async Task<Stream> ResponsesAsync() =>
        _responses ??= await (await response.WaitAsync(TestServer.Patience)).Content.ReadAsStreamAsync();
}
