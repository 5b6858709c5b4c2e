namespace Tenet.Client.Calls;

/// <summary>What one call carries beside its message.</summary>
public sealed record CallOptions
{
    /// <summary>No deadline, no metadata.</summary>
    public static CallOptions None { get; } = new();

    /// <summary>How long the whole call may take, repetitions included; null sets no bound. Sent to the server as grpc-timeout.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Request metadata (lower-case names), beside what the channel adds itself: client-api-version, and the token of a user.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Metadata { get; init; } = [];
}
