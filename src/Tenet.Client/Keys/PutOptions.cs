namespace Tenet.Client;

/// <summary>How a key is written.</summary>
public sealed record PutOptions
{
    internal static PutOptions Default { get; } = new();

    /// <summary>The lease that the key goes with from now on; 0 for none.</summary>
    public long LeaseId { get; init; }

    /// <summary>Whether the answer has what was there before.</summary>
    public bool Previous { get; init; }

    /// <summary>Keep the value, whatever is given; the key must exist.</summary>
    public bool KeepValue { get; init; }

    /// <summary>Keep the lease; the key must exist.</summary>
    public bool KeepLease { get; init; }
}
