using Tenet.Protocol.V3electionpb;

namespace Tenet.Client.Calls.Methods;

/// <summary>The methods of <c>v3electionpb.Election</c>.</summary>
public static class ElectionMethods
{
    /// <summary><c>/v3electionpb.Election/Campaign</c></summary>
    public static ClientMethod<CampaignRequest, CampaignResponse> Campaign { get; } = ClientMethod.Of<CampaignRequest, CampaignResponse>("/v3electionpb.Election/Campaign");

    /// <summary><c>/v3electionpb.Election/Proclaim</c></summary>
    public static ClientMethod<ProclaimRequest, ProclaimResponse> Proclaim { get; } = ClientMethod.Of<ProclaimRequest, ProclaimResponse>("/v3electionpb.Election/Proclaim");

    /// <summary><c>/v3electionpb.Election/Leader</c></summary>
    public static ClientMethod<LeaderRequest, LeaderResponse> Leader { get; } = ClientMethod.Of<LeaderRequest, LeaderResponse>("/v3electionpb.Election/Leader");

    /// <summary><c>/v3electionpb.Election/Observe</c></summary>
    public static ClientMethod<LeaderRequest, LeaderResponse> Observe { get; } = ClientMethod.Of<LeaderRequest, LeaderResponse>("/v3electionpb.Election/Observe");

    /// <summary><c>/v3electionpb.Election/Resign</c></summary>
    public static ClientMethod<ResignRequest, ResignResponse> Resign { get; } = ClientMethod.Of<ResignRequest, ResignResponse>("/v3electionpb.Election/Resign");
}
