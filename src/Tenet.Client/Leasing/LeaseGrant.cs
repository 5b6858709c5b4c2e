namespace Tenet.Client;

/// <summary>A lease as it was granted.</summary>
/// <param name="Id">Its id.</param>
/// <param name="TimeToLive">How long it lives without being kept alive; the server may have raised what was asked for.</param>
public readonly record struct LeaseGrant(long Id, TimeSpan TimeToLive);
