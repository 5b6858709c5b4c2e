namespace Tenet.State.Mvcc;

/// <summary>A decoded record. The spans point into its bytes.</summary>
internal ref struct KeyValueFields
{
    public ReadOnlySpan<byte> Key;
    public ReadOnlySpan<byte> Value;
    public long CreateRevision;
    public long ModRevision;
    public long Version;
    public long Lease;
}
