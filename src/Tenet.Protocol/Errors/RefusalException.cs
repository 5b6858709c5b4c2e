namespace Tenet.Protocol.Errors;

/// <summary>Carries an <see cref="EtcdError"/> from a service to the transport, which turns it into status and trailers.</summary>
public sealed class RefusalException(EtcdError error) : Exception(error.Message)
{
    /// <summary>What the client is told.</summary>
    public EtcdError Error { get; } = error;
}
