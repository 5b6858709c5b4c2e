namespace Tenet.Simulation.Checking;

/// <summary>What a client knows of an operation in the end.</summary>
internal enum OperationOutcome
{
    /// <summary>Nothing: it timed out, the connection broke, or it still runs. It may take effect at any time after its invocation, or never.</summary>
    Unknown,

    /// <summary>It was answered.</summary>
    Answered,

    /// <summary>It was refused by an answer that rules out any effect.</summary>
    Refused,
}
