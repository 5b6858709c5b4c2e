using Google.Protobuf.Reflection;
using Tenet.Protocol.Errors;
using Tenet.Rpc.Calls;

namespace Tenet.Rpc.Gateway;

/// <summary>A method that has a path and no row in the table: answered as gRPC answers it.</summary>
internal sealed class MissingGatewayMethod(MethodDescriptor descriptor) : GatewayMethod(descriptor)
{
    private readonly bool _streams = descriptor.IsServerStreaming;

    public override async Task RunAsync(GatewayExchange exchange)
    {
        EtcdError error = Refusals.UnknownPath(Path, exchange.Services.Services.Contains);
        await (_streams ? exchange.Reply.EndStreamAsync(error) : exchange.Reply.RefuseAsync(error));
    }
}
