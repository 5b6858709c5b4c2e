using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Client.Calls.Methods;

/// <summary>The methods of <c>etcdserverpb.Watch</c>.</summary>
public static class WatchMethods
{
    /// <summary><c>/etcdserverpb.Watch/Watch</c></summary>
    public static ClientMethod<WatchRequest, WatchResponse> Watch { get; } = ClientMethod.Of<WatchRequest, WatchResponse>("/etcdserverpb.Watch/Watch");
}
