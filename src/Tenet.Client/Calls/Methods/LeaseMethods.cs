using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Client.Calls.Methods;

/// <summary>The methods of <c>etcdserverpb.Lease</c>.</summary>
public static class LeaseMethods
{
    /// <summary><c>/etcdserverpb.Lease/LeaseGrant</c></summary>
    public static ClientMethod<LeaseGrantRequest, LeaseGrantResponse> LeaseGrant { get; } = ClientMethod.Of<LeaseGrantRequest, LeaseGrantResponse>("/etcdserverpb.Lease/LeaseGrant");

    /// <summary><c>/etcdserverpb.Lease/LeaseRevoke</c></summary>
    public static ClientMethod<LeaseRevokeRequest, LeaseRevokeResponse> LeaseRevoke { get; } = ClientMethod.Of<LeaseRevokeRequest, LeaseRevokeResponse>("/etcdserverpb.Lease/LeaseRevoke");

    /// <summary><c>/etcdserverpb.Lease/LeaseKeepAlive</c></summary>
    public static ClientMethod<LeaseKeepAliveRequest, LeaseKeepAliveResponse> LeaseKeepAlive { get; } = ClientMethod.Of<LeaseKeepAliveRequest, LeaseKeepAliveResponse>("/etcdserverpb.Lease/LeaseKeepAlive");

    /// <summary><c>/etcdserverpb.Lease/LeaseTimeToLive</c></summary>
    public static ClientMethod<LeaseTimeToLiveRequest, LeaseTimeToLiveResponse> LeaseTimeToLive { get; } = ClientMethod.Of<LeaseTimeToLiveRequest, LeaseTimeToLiveResponse>("/etcdserverpb.Lease/LeaseTimeToLive");

    /// <summary><c>/etcdserverpb.Lease/LeaseLeases</c></summary>
    public static ClientMethod<LeaseLeasesRequest, LeaseLeasesResponse> LeaseLeases { get; } = ClientMethod.Of<LeaseLeasesRequest, LeaseLeasesResponse>("/etcdserverpb.Lease/LeaseLeases");
}
