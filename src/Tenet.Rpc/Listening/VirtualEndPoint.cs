using System.Net;

namespace Tenet.Rpc.Listening;

/// <summary>One protocol's half of a shared port: the name under which Kestrel binds it.</summary>
internal sealed class VirtualEndPoint(SharedPort port, FirstBytesVerdict protocol) : EndPoint
{
    public SharedPort Port { get; } = port;

    public FirstBytesVerdict Protocol { get; } = protocol;

    public override string ToString() => $"{Port.Url} ({Protocol})";
}
