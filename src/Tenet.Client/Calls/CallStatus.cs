using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Authentication;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Framing;

namespace Tenet.Client.Calls;

/// <summary>What a response, or the failure to get one, means as a gRPC status. Texts are those of Go's implementation.</summary>
internal static class CallStatus
{
    /// <summary>The code and text of a call whose time has passed.</summary>
    public static CallException DeadlineExceeded(Exception? inner = null) => new(StatusCode.DeadlineExceeded, EtcdErrors.ContextDeadlineExceeded.Message, inner);

    /// <summary>Refuses a response that is not gRPC, as soon as its head is there.</summary>
    public static void CheckHead(HttpResponseMessage response)
    {
        string type = response.Content.Headers.NonValidated.TryGetValues("content-type", out HeaderStringValues values) ? values.ToString() : "";
        if (response.StatusCode == HttpStatusCode.OK && CallContentType.TryAccept(type, out _))
            return;
        // A refusal may come as the head alone, with a status that says more than HTTP's.
        if (TryRead(response.Headers, out CallException? refusal) && refusal is not null)
            throw refusal;
        string reason = type.Length == 0 ? "malformed header: missing HTTP content-type" : $"transport: received unexpected content-type {GoText.Quote(type)}";
        throw new CallException(FromHttp(response.StatusCode), string.Create(
            CultureInfo.InvariantCulture, $"unexpected HTTP status code received from server: {(int)response.StatusCode} ({response.ReasonPhrase ?? response.StatusCode.ToString()}); {reason}"));
    }

    /// <summary>The status at the end of the body; null for OK.</summary>
    public static CallException? AtEnd(HttpResponseMessage response) =>
        TryRead(response.TrailingHeaders, out CallException? status) || TryRead(response.Headers, out status)
            ? status
            : new CallException(StatusCode.Internal, "server closed the stream without sending trailers");

    /// <summary>What a failure of the transport means. Cancellation is the caller's to tell apart before it asks here.</summary>
    public static CallException FromFailure(Exception failure)
    {
        if (failure is HttpRequestException { InnerException: DialException dial })
            return NotConnected($"transport: Error while dialing: {dial.Message}", failure);
        if (failure is HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError or HttpRequestError.VersionNegotiationError } or AuthenticationException)
            return NotConnected($"transport: authentication handshake failed: {Innermost(failure).Message}", failure);
        if (failure is OperationCanceledException { InnerException: TimeoutException })
            return NotConnected("transport: authentication handshake failed: context deadline exceeded", failure);
        if (failure is ObjectDisposedException)
            return new CallException(StatusCode.Cancelled, "grpc: the client connection is closing", failure) { NeverSent = true };
        if ((failure as HttpProtocolException ?? failure.InnerException as HttpProtocolException) is { } protocol && FromReset(protocol.ErrorCode) is { } code)
            return new CallException(code, string.Create(CultureInfo.InvariantCulture, $"stream terminated by RST_STREAM with error code: {ResetName(protocol.ErrorCode)}"), failure);
        return new CallException(StatusCode.Unavailable, $"error reading from server: {Innermost(failure).Message}", failure);
    }

    private static CallException NotConnected(string description, Exception failure) =>
        new(StatusCode.Unavailable, $"connection error: desc = {GoText.Quote(description)}", failure) { NeverSent = true };

    private static Exception Innermost(Exception failure)
    {
        while (failure.InnerException is { } inner)
            failure = inner;
        return failure;
    }

    private static bool TryRead(HttpHeaders headers, out CallException? status)
    {
        status = null;
        HttpHeadersNonValidated raw = headers.NonValidated;
        if (!raw.TryGetValues("grpc-status", out HeaderStringValues codes))
            return false;
        string code = codes.ToString();
        if (code == "0")
            return true;
        string message = raw.TryGetValues("grpc-message", out HeaderStringValues texts) ? StatusText.Decode(texts.ToString()) : "";
        bool known = int.TryParse(code, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number is > 0 and <= (int)StatusCode.Unauthenticated;
        status = new CallException(known ? (StatusCode)number : StatusCode.Unknown, message);
        return true;
    }

    private static StatusCode FromHttp(HttpStatusCode status) => status switch
    {
        HttpStatusCode.BadRequest => StatusCode.Internal,
        HttpStatusCode.Unauthorized => StatusCode.Unauthenticated,
        HttpStatusCode.Forbidden => StatusCode.PermissionDenied,
        HttpStatusCode.NotFound => StatusCode.Unimplemented,
        HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout => StatusCode.Unavailable,
        _ => StatusCode.Unknown,
    };

    /// <summary>The status of a stream that HTTP/2 ended with an error code; null for a connection that was closed in good order.</summary>
    private static StatusCode? FromReset(long code) => code switch
    {
        0 => null,
        7 => StatusCode.Unavailable,
        8 => StatusCode.Cancelled,
        11 => StatusCode.ResourceExhausted,
        12 => StatusCode.PermissionDenied,
        _ => StatusCode.Internal,
    };

    private static string ResetName(long code) => code switch
    {
        1 => "PROTOCOL_ERROR",
        2 => "INTERNAL_ERROR",
        3 => "FLOW_CONTROL_ERROR",
        5 => "STREAM_CLOSED",
        7 => "REFUSED_STREAM",
        8 => "CANCEL",
        11 => "ENHANCE_YOUR_CALM",
        12 => "INADEQUATE_SECURITY",
        _ => code.ToString(CultureInfo.InvariantCulture),
    };
}
