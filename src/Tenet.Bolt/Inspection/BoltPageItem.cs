namespace Tenet.Bolt.Inspection;

/// <summary>An element of a page.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Value">Its value, on a leaf.</param>
/// <param name="IsBucket">Whether the value is the header of a nested bucket.</param>
/// <param name="Child">The child page, on a branch.</param>
public readonly record struct BoltPageItem(ReadOnlyMemory<byte> Key, ReadOnlyMemory<byte> Value, bool IsBucket, ulong Child);
