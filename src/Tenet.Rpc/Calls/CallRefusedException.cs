using Tenet.Protocol.Errors;

namespace Tenet.Rpc.Calls;

/// <summary>Carries the transport's own refusal (an oversize or broken message) through a stream's handler.</summary>
internal sealed class CallRefusedException(EtcdError error) : Exception(error.Message)
{
    public EtcdError Error { get; } = error;
}
