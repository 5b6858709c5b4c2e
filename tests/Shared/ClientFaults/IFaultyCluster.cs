using Tenet.Client;

namespace Tenet.Tests.ClientFaults;

/// <summary>A cluster of three whose leader can be killed and cut off.</summary>
internal interface IFaultyCluster
{
    /// <summary>A client of all members.</summary>
    TenetClient CreateClient(Action<TenetClientOptions> configure);

    /// <summary>Ends the leader without warning.</summary>
    Task KillLeaderAsync();

    /// <summary>Starts what was killed again.</summary>
    Task RestartAsync();

    /// <summary>Cuts the leader off from the others. Clients still reach it.</summary>
    Task IsolateLeaderAsync();

    /// <summary>Ends that.</summary>
    Task HealAsync();
}
