namespace Tenet.Raft;

/// <summary>The stable log in memory.</summary>
public sealed class MemoryStorage : IRaftStorage
{
    /// <inheritdoc/>
    public ulong FirstIndex => throw new NotImplementedException();

    /// <inheritdoc/>
    public ulong LastIndex => throw new NotImplementedException();

    /// <inheritdoc/>
    public (HardState HardState, ConfState ConfState) InitialState => throw new NotImplementedException();

    /// <inheritdoc/>
    public LogRead Term(ulong index, out ulong term) => throw new NotImplementedException();

    /// <inheritdoc/>
    public LogRead Entries(ulong low, ulong high, ulong bytesMax, out Entry[] entries) => throw new NotImplementedException();

    /// <inheritdoc/>
    public Snapshot? Snapshot() => throw new NotImplementedException();

    /// <summary>Remembers the hard state for <see cref="InitialState"/>.</summary>
    public void SetHardState(HardState state) => throw new NotImplementedException();

    /// <summary>Appends entries, replacing what is there from the first one's index on; entries before the first index are ignored.</summary>
    public void Append(IReadOnlyList<Entry> entries) => throw new NotImplementedException();

    /// <summary>Replaces everything by a snapshot; false (and nothing happens) if it is not newer than the present one.</summary>
    public bool ApplySnapshot(Snapshot snapshot) => throw new NotImplementedException();

    /// <summary>Makes the snapshot that followers will be sent; null (and nothing happens) if it is not newer than the present one.</summary>
    public Snapshot? CreateSnapshot(ulong index, ConfState confState, ReadOnlyMemory<byte> data) => throw new NotImplementedException();

    /// <summary>Drops entries up to and including the index; false if they are gone already.</summary>
    public bool Compact(ulong index) => throw new NotImplementedException();
}
