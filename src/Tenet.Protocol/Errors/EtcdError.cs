namespace Tenet.Protocol.Errors;

/// <summary>
/// A refusal as clients see it: gRPC code and exact text. Clients recognise errors by the text, so both must match etcd's
/// (contract/api.md, 3.1). On the apply path it is a result; at a service's door it travels in a <see cref="RefusalException"/>.
/// </summary>
public sealed record EtcdError(StatusCode Code, string Message)
{
    /// <summary>The exception that carries this refusal to the transport.</summary>
    public RefusalException ToException() => new(this);
}
