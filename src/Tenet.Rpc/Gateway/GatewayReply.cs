using Tenet.Protocol.Errors;
using Tenet.Rpc.Gateway.Json;

namespace Tenet.Rpc.Gateway;

/// <summary>The way back to the caller. One writer at a time.</summary>
internal abstract class GatewayReply
{
    private static readonly byte[] LineEnd = "\n"u8.ToArray();

    /// <summary>Whether something has been sent already, so that no status can be given any more.</summary>
    public bool HasStarted { get; protected set; }

    /// <summary>Sends the one answer of a call; <paramref name="body"/> is empty then.</summary>
    public abstract ValueTask AnswerAsync(JsonOutput body);

    /// <summary>Sends a refusal instead of an answer.</summary>
    public async ValueTask RefuseAsync(EtcdError error)
    {
        using JsonOutput body = new();
        WriteError(body, error, html: false);
        await SendRefusalAsync(error, body);
    }

    /// <summary>Sends one line of a stream, and waits until there is room for the next one unless that follows at once.</summary>
    public abstract ValueTask SendLineAsync(JsonOutput line, bool moreFollows, CancellationToken cancellation);

    /// <summary>Ends a stream, with a line that says so if it did not end well.</summary>
    public async ValueTask EndStreamAsync(EtcdError? error)
    {
        await DrainAsync();
        if (error is null)
        {
            await BeginStreamAsync(StatusCode.Ok, hasLines: false);
            return;
        }

        await BeginStreamAsync(error.Code, hasLines: true);
        using JsonOutput line = new();
        line.Write("{\"error\":"u8);
        WriteError(line, error, html: true);
        line.Write((byte)'}');
        line.Write(LineEnd);
        await SendLineAsync(line, moreFollows: false, CancellationToken.None);
        await DrainAsync();
    }

    /// <summary>The HTTP status for a gRPC code (contract/api.md, 4.4).</summary>
    public static int StatusOf(StatusCode code) => code switch
    {
        StatusCode.Ok => 200,
        StatusCode.Cancelled => 499,
        StatusCode.InvalidArgument or StatusCode.FailedPrecondition or StatusCode.OutOfRange => 400,
        StatusCode.DeadlineExceeded => 504,
        StatusCode.NotFound => 404,
        StatusCode.AlreadyExists or StatusCode.Aborted => 409,
        StatusCode.PermissionDenied => 403,
        StatusCode.Unauthenticated => 401,
        StatusCode.ResourceExhausted => 429,
        StatusCode.Unimplemented => 501,
        StatusCode.Unavailable => 503,
        _ => 500,
    };

    protected abstract ValueTask SendRefusalAsync(EtcdError error, JsonOutput body);

    /// <summary>Gives the status of a stream, unless that has been given.</summary>
    protected abstract ValueTask BeginStreamAsync(StatusCode code, bool hasLines);

    /// <summary>Waits until what was sent is on its way.</summary>
    protected abstract Task DrainAsync();

    private static void WriteError(JsonOutput output, EtcdError error, bool html)
    {
        output.Write(System.Text.Encoding.ASCII.GetBytes($"{{\"code\":{(int)error.Code}"));
        if (error.Message.Length > 0)
        {
            output.Write(",\"message\":"u8);
            JsonStrings.Write(output, error.Message, html);
        }

        output.Write((byte)'}');
    }
}
