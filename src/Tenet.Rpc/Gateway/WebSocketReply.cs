using System.Net.WebSockets;
using Tenet.Protocol.Errors;
using Tenet.Rpc.Gateway.Json;

namespace Tenet.Rpc.Gateway;

/// <summary>Answers over a WebSocket: a line is a message, and there is no status but the one in an error's text.</summary>
internal sealed class WebSocketReply(WebSocket socket) : GatewayReply
{
    private Task _sending = Task.CompletedTask;

    public override ValueTask AnswerAsync(JsonOutput body) => SendLineAsync(body, moreFollows: false, CancellationToken.None);

    public override async ValueTask SendLineAsync(JsonOutput line, bool moreFollows, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        HasStarted = true;
        await _sending;
        ReadOnlyMemory<byte> text = line.ToArray();
        if (text.Span is [.., (byte)'\n'])
            text = text[..^1];
        // The wait may be cancelled, sending may not: a message that is half on its way must arrive whole.
        _sending = socket.SendAsync(text, WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None).AsTask();
        await _sending.WaitAsync(cancellation);
    }

    /// <summary>Says goodbye after the last message.</summary>
    public async Task CloseAsync()
    {
        await _sending;
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
    }

    protected override ValueTask SendRefusalAsync(EtcdError error, JsonOutput body) => AnswerAsync(body);

    protected override ValueTask BeginStreamAsync(StatusCode code, bool hasLines) => ValueTask.CompletedTask;

    protected override Task DrainAsync() => _sending;
}
