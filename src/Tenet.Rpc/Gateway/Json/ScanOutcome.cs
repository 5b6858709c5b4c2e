namespace Tenet.Rpc.Gateway.Json;

/// <summary>What <see cref="JsonScanner"/> found in the bytes so far.</summary>
internal enum ScanOutcome
{
    /// <summary>The value goes on.</summary>
    NeedsMore,

    /// <summary>The value is complete.</summary>
    Complete,

    /// <summary>No JSON; the scanner's refusal says why.</summary>
    Refused,
}
