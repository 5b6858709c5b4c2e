namespace Tenet.State.Mvcc;

/// <summary>Which key hangs on which lease. The store asks and tells on the apply thread, and while it restores.</summary>
public interface ILeaseAttachments
{
    /// <summary>Whether a lease of this ID is granted.</summary>
    bool Exists(long lease);

    /// <summary>The lease that a key is attached to; 0 if none.</summary>
    long LeaseOf(ReadOnlySpan<byte> key);

    /// <summary>Attaches a key to a lease. The bytes are the caller's to keep and never change.</summary>
    /// <returns>False if there is no such lease; nothing is attached then.</returns>
    bool Attach(long lease, ReadOnlyMemory<byte> key);

    /// <summary>Detaches a key from the lease; nothing happens if it is not attached to it.</summary>
    void Detach(long lease, ReadOnlySpan<byte> key);
}
