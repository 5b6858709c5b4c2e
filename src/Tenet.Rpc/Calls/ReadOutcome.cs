namespace Tenet.Rpc.Calls;

/// <summary>What an attempt to take a message from the request gave.</summary>
internal enum ReadOutcome
{
    /// <summary>A message.</summary>
    Message,

    /// <summary>Not enough bytes yet.</summary>
    NeedsMore,

    /// <summary>The caller has closed its side and nothing is left.</summary>
    End,

    /// <summary>Bytes that break the protocol; the call's refusal says how.</summary>
    Refused,
}
