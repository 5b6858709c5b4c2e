namespace Tenet.Protocol.Calls;

/// <summary>
/// What a service may know of the call it answers. The transport implements it; a program that embeds a member may too.
/// Valid until the handler completes: the transport uses the object again for another call. What a service needs longer
/// (the token, a header's text) it takes out first.
/// </summary>
public abstract class CallContext
{
    /// <summary>The full method path, such as <c>/etcdserverpb.KV/Put</c>.</summary>
    public abstract string Method { get; }

    /// <summary>The caller's address, for logs.</summary>
    public abstract string Peer { get; }

    /// <summary>
    /// Fires when the caller cancels, its deadline passes, its connection breaks, or the member stops. Costs something only if asked for.
    /// </summary>
    public abstract CancellationToken Cancellation { get; }

    /// <summary>
    /// The common name of the certificate that the client proved to own; null without one, and for calls that come through the JSON gateway, which
    /// are made in the member's own name (contract/api.md, 2.7).
    /// </summary>
    public virtual string? CommonName => null;

    /// <summary>The first value of a request header (lower-case name), or null. For a <c>-bin</c> header that is the text on the wire.</summary>
    public abstract string? RequestHeader(string name);

    /// <summary>The first value of a <c>-bin</c> request header, decoded, or null.</summary>
    public virtual byte[]? RequestBinaryHeader(string name) =>
        RequestHeader(name) is { } text && Framing.BinaryHeader.TryDecode(text, out byte[] value) ? value : null;
}
