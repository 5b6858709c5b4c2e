using Tenet.State.Backends;

namespace Tenet.State.Apply;

/// <summary>The bound on the size of the db file (contract/api.md, 2.6). Any thread.</summary>
/// <param name="backend">Whose size counts.</param>
/// <param name="configuredBytes">The bound: 0 for <see cref="DefaultBytes"/>, negative for none.</param>
public sealed class Quota(Backend backend, long configuredBytes)
{
    /// <summary>The bound if none is configured.</summary>
    public const long DefaultBytes = 2L << 30;

    /// <summary>What a lease costs.</summary>
    public const long LeaseCost = 64;

    /// <summary>The bound in bytes; negative for none.</summary>
    public long Bytes { get; } = configuredBytes == 0 ? DefaultBytes : configuredBytes;

    /// <summary>Whether a request of this cost still fits.</summary>
    public bool Allows(long cost) => Bytes < 0 || cost == 0 || backend.Size + cost < Bytes;
}
