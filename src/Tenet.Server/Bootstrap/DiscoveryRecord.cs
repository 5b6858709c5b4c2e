namespace Tenet.Server.Bootstrap;

/// <summary>A key of the discovery service.</summary>
/// <param name="Key">The key.</param>
/// <param name="Value">Its value.</param>
/// <param name="CreateRevision">When it was made: who registered first.</param>
public sealed record DiscoveryRecord(string Key, string Value, long CreateRevision);
