using Tenet.State.Mvcc;

namespace Tenet.Utl.Hashing;

/// <summary>A history is hashed without its leases.</summary>
internal sealed class NoLeases : ILeaseAttachments
{
    public static NoLeases Instance { get; } = new();

    public bool Exists(long lease) => false;

    public long LeaseOf(ReadOnlySpan<byte> key) => 0;

    public bool Attach(long lease, ReadOnlyMemory<byte> key) => false;

    public void Detach(long lease, ReadOnlySpan<byte> key)
    {
        // Nothing was attached.
    }
}
