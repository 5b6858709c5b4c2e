using Tenet.Protocol.Errors;
using Tenet.Protocol.Framing;

namespace Tenet.Rpc.Calls;

/// <summary>What the transport itself refuses, in grpc-go's words (captured; contract/api.md, 1 and 3.1).</summary>
internal static class Refusals
{
    public static EtcdError NoMessage { get; } = new(StatusCode.Unknown, "EOF");

    public static EtcdError CutMessage { get; } = new(StatusCode.Unknown, "unexpected EOF");

    public static EtcdError CutStreamMessage { get; } = new(StatusCode.Internal, "unexpected EOF");

    public static EtcdError NoStreamMessage { get; } =
        new(StatusCode.Internal, "cardinality violation: received no request message from non-client-streaming RPC");

    public static EtcdError CompressedWithoutEncoding { get; } =
        new(StatusCode.Internal, "grpc: compressed flag set with identity or empty encoding");

    public static EtcdError BrokenCompression { get; } = new(StatusCode.Internal, "grpc: failed to decompress the message: unexpected EOF");

    public static EtcdError DeadlineExceeded { get; } = new(StatusCode.DeadlineExceeded, "context deadline exceeded");

    public static EtcdError Canceled { get; } = new(StatusCode.Cancelled, "context canceled");

    /// <summary>What callers are told of a failure that is nobody's refusal; the log has the rest.</summary>
    public static EtcdError HandlerFailed { get; } = new(StatusCode.Unknown, "internal error, see the member's log");

    public static EtcdError Undecodable { get; } =
        new(StatusCode.Internal, "grpc: error unmarshalling request: proto: cannot parse invalid wire-format data");

    public static EtcdError UndecodableOnStream { get; } =
        new(StatusCode.Internal, "grpc: failed to unmarshal the received message: proto: cannot parse invalid wire-format data");

    public static EtcdError MessageTooLarge(uint length, int bytesMax) =>
        new(StatusCode.ResourceExhausted, $"grpc: received message larger than max ({length} vs. {bytesMax})");

    public static EtcdError TooLargeDecompressed(int bytesMax) =>
        new(StatusCode.ResourceExhausted, $"grpc: received message after decompression larger than max {bytesMax}");

    public static EtcdError ResponseTooLarge(int length, int bytesMax) =>
        new(StatusCode.ResourceExhausted, $"grpc: trying to send message larger than max ({length} vs. {bytesMax})");

    public static EtcdError PayloadFormat(byte flag) => new(StatusCode.Internal, $"grpc: received unexpected payload format {flag}");

    public static EtcdError UnknownEncoding(string encoding) =>
        new(StatusCode.Unimplemented, $"grpc: Decompressor is not installed for grpc-encoding {GoText.Quote(encoding)}");

    public static EtcdError ContentType(string? contentType) =>
        new(StatusCode.InvalidArgument, $"invalid gRPC request content-type {GoText.Quote(contentType ?? "")}");

    public static EtcdError HttpMethod(string method) =>
        new(StatusCode.Internal, $"Received a HEADERS frame with :method {GoText.Quote(method)} which should be POST");

    public static EtcdError Timeout(string reason) => new(StatusCode.Internal, $"malformed grpc-timeout: {reason}");

    public static EtcdError BinaryMetadata(string name, string value) =>
        new(
            StatusCode.Internal,
            $"malformed binary metadata {GoText.Quote(value)} in header {GoText.Quote(name)}: illegal base64 data at input byte {BinaryHeader.FirstIllegalByte(value)}");

    /// <summary>A path that is not in the method table.</summary>
    public static EtcdError UnknownPath(string path, Func<string, bool> serviceExists)
    {
        int slash = path.LastIndexOf('/');
        if (slash <= 0)
            return new EtcdError(StatusCode.Unimplemented, $"malformed method name: {GoText.Quote(path)}");
        string service = path[1..slash];
        return new EtcdError(
            StatusCode.Unimplemented,
            serviceExists(service) ? $"unknown method {path[(slash + 1)..]} for service {service}" : $"unknown service {service}");
    }
}
