namespace Tenet.Server.Peers;

/// <summary>What a member says of versions.</summary>
/// <param name="Server">Its own, for example 3.5.30.</param>
/// <param name="Cluster">The one in force; null while not decided.</param>
public sealed record PeerVersions(Version Server, Version? Cluster);
