namespace Tenet.State.Mvcc;

/// <summary>A range answered in chunks, all at the revision of the first (contract/api.md, 2.2, RangeStream). One caller at a time.</summary>
public sealed class RangeChunks
{
    /// <summary>The next chunk. Only the last has <c>more</c>, <c>count</c> and needs a header. Dispose each.</summary>
    public Outcome<RangeResult> Next() => throw new NotImplementedException();

    /// <summary>Whether the last chunk has been taken.</summary>
    public bool IsFinished => throw new NotImplementedException();
}
