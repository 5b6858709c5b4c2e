using Tenet.Protocol.Calls;

namespace Tenet.Server.Services;

/// <summary>A call that something else than its caller may end.</summary>
internal sealed class ConditionalCallContext(CallContext call, CancellationToken cancellation) : CallContext
{
    public override string Method => call.Method;

    public override string Peer => call.Peer;

    public override string? CommonName => call.CommonName;

    public override CancellationToken Cancellation => cancellation;

    public override string? RequestHeader(string name) => call.RequestHeader(name);
}
