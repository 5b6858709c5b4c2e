namespace Tenet.Transport.Listening;

/// <summary>What listening sockets allow others to do with their addresses (etcd's socket options).</summary>
/// <param name="Port">Several sockets may listen on one address at a time (SO_REUSEPORT).</param>
/// <param name="Address">An address may be bound while connections of an earlier process still time out (SO_REUSEADDR).</param>
public sealed record SocketReuse(bool Port, bool Address)
{
    /// <summary>What the system does by itself.</summary>
    public static SocketReuse None { get; } = new(false, false);
}
