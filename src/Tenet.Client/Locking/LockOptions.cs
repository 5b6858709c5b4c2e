namespace Tenet.Client;

/// <summary>How a lock or an office is held.</summary>
public sealed record LockOptions
{
    internal static LockOptions Default { get; } = new();

    /// <summary>How long it stays taken after its holder has died; the time of its lease. Renewed all the while it is held.</summary>
    public TimeSpan TimeToLive { get; init; } = TimeSpan.FromSeconds(60);
}
