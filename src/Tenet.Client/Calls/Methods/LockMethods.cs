using Tenet.Protocol.V3lockpb;

namespace Tenet.Client.Calls.Methods;

/// <summary>The methods of <c>v3lockpb.Lock</c>.</summary>
public static class LockMethods
{
    /// <summary><c>/v3lockpb.Lock/Lock</c></summary>
    public static ClientMethod<LockRequest, LockResponse> Lock { get; } = ClientMethod.Of<LockRequest, LockResponse>("/v3lockpb.Lock/Lock");

    /// <summary><c>/v3lockpb.Lock/Unlock</c></summary>
    public static ClientMethod<UnlockRequest, UnlockResponse> Unlock { get; } = ClientMethod.Of<UnlockRequest, UnlockResponse>("/v3lockpb.Lock/Unlock");
}
