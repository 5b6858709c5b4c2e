namespace Tenet.State.Backends;

/// <summary>Walks what a batch holds of one bucket, in key order. It stands on its first record when made.</summary>
internal interface IOverlayCursor
{
    bool IsValid { get; }

    ReadOnlySpan<byte> Key { get; }

    ReadOnlySpan<byte> Value { get; }

    bool IsDeletion { get; }

    void MoveNext();
}
