namespace Tenet.Proxy.Owning;

/// <summary>A key that the servers are asked for.</summary>
/// <param name="Owned">The key.</param>
/// <param name="Changes">Its changes when it was asked for.</param>
/// <param name="Revision">Since when it was owned then, or 0.</param>
/// <param name="Lease">The lease of the session in which it was asked for.</param>
internal readonly record struct Question(OwnedKey Owned, long Changes, long Revision, long Lease);
