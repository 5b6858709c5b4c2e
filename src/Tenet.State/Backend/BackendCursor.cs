namespace Tenet.State.Backends;

/// <summary>Walks a bucket in key order: <c>while (cursor.MoveNext()) … cursor.Key, cursor.Value</c>. Lives no longer than its read.</summary>
public sealed class BackendCursor
{
    /// <summary>The key of the record under the cursor.</summary>
    public ReadOnlySpan<byte> Key => throw new NotImplementedException();

    /// <summary>The value of the record under the cursor.</summary>
    public ReadOnlySpan<byte> Value => throw new NotImplementedException();

    /// <summary>Moves to the first or next record; false after the last.</summary>
    public bool MoveNext() => throw new NotImplementedException();
}
