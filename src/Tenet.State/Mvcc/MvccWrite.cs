namespace Tenet.State.Mvcc;

/// <summary>A write transaction: all its changes get one revision. Nothing of it may fail half-way: an exception stops the member.</summary>
public sealed class MvccWrite : IDisposable
{
    /// <summary>The revision that reads in this transaction see: the current one, or one more once something has changed.</summary>
    public long Revision => throw new NotImplementedException();

    /// <summary>Puts a key and attaches it to the lease (0: to none).</summary>
    public long Put(ReadOnlyMemory<byte> key, ReadOnlySpan<byte> value, long lease) => throw new NotImplementedException();

    /// <summary>Deletes the keys of a range (an empty end means the one key, a single zero byte means all from the key on).</summary>
    /// <returns>How many there were.</returns>
    public long DeleteRange(ReadOnlySpan<byte> key, ReadOnlySpan<byte> rangeEnd) => throw new NotImplementedException();

    /// <summary>Makes the changes visible and tells the observer.</summary>
    public void Dispose() => throw new NotImplementedException();
}
