using System.Buffers;
using System.Globalization;
using System.Net.Http.Headers;
using Google.Protobuf;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Framing;

namespace Tenet.Rpc.Tests.Support;

/// <summary>A finished call as its caller sees it.</summary>
internal sealed record GrpcResult(int HttpStatus, StatusCode Code, string Message, bool TrailersOnly, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public static GrpcResult Of(HttpResponseMessage response, byte[] body)
    {
        bool trailersOnly = response.Headers.Contains("grpc-status");
        HttpResponseHeaders status = trailersOnly ? response.Headers : response.TrailingHeaders;
        Dictionary<string, string> headers = response.Headers.Concat(response.Content.Headers)
            .ToDictionary(header => header.Key.ToLowerInvariant(), header => string.Join(',', header.Value));
        return new GrpcResult(
            (int)response.StatusCode,
            (StatusCode)int.Parse(Single(status, "grpc-status"), CultureInfo.InvariantCulture),
            StatusText.Decode(Single(status, "grpc-message")),
            trailersOnly,
            headers,
            body);
    }

    public IReadOnlyList<T> Messages<T>()
        where T : IMessage<T>, new()
    {
        var messages = new List<T>();
        var rest = new ReadOnlySequence<byte>(Body);
        while (!rest.IsEmpty)
        {
            var frame = MessageFrame.Read(rest, int.MaxValue);
            Assert.Equal(FrameState.Complete, frame.State);
            var message = new T();
            message.MergeFrom(frame.Payload.ToArray());
            messages.Add(message);
            rest = rest.Slice(frame.Payload.End);
        }
        return messages;
    }

    public void IsRefusal(StatusCode code, string message, int httpStatus = 200)
    {
        Assert.Equal((httpStatus, code, message), (HttpStatus, Code, Message));
        Assert.True(TrailersOnly, "an answer without messages is one header block");
        Assert.Empty(Body);
        Assert.Equal("application/grpc", Headers["content-type"]);
    }

    public void IsOk()
    {
        Assert.Equal((200, StatusCode.Ok, ""), (HttpStatus, Code, Message));
        Assert.False(TrailersOnly);
    }

    private static string Single(HttpResponseHeaders headers, string name) => Assert.Single(headers.GetValues(name));
}
