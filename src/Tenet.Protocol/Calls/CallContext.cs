namespace Tenet.Protocol.Calls;

/// <summary>What a service may know of the call it answers. The transport implements it; a program that embeds a member may too.</summary>
public abstract class CallContext
{
    /// <summary>The full method path, such as <c>/etcdserverpb.KV/Put</c>.</summary>
    public abstract string Method { get; }

    /// <summary>The caller's address, for logs.</summary>
    public abstract string Peer { get; }

    /// <summary>Fires when the caller cancels, its deadline passes, its connection breaks, or the member stops.</summary>
    public abstract CancellationToken Cancellation { get; }

    /// <summary>The first value of a request header (lower-case name), or null.</summary>
    public abstract string? RequestHeader(string name);
}
