namespace Tenet.Client;

/// <summary>A lock that is held. Disposing releases it.</summary>
public sealed class HeldLock : IAsyncDisposable
{
    private readonly HeldKey _held;

    internal HeldLock(HeldKey held) => _held = held;

    /// <summary>The key that stands for it.</summary>
    public string Key => _held.Key.ToStringUtf8();

    /// <summary>
    /// Greater for each later holder. Whoever guards what the lock protects refuses a holder whose revision is below one that it has seen: that
    /// covers even a holder who did not notice its loss.
    /// </summary>
    public long FencingRevision => _held.CreateRevision;

    /// <summary>The lease that it goes with; keys with the same lease disappear with the lock.</summary>
    public long LeaseId => _held.LeaseId;

    /// <summary>Fires when the lock is lost, or about to be, before another can hold it; and when it is released.</summary>
    public CancellationToken Lost => _held.Lost;

    /// <summary>Whether it is certain at this moment that the lock is held.</summary>
    public bool IsHeld => _held.IsHeld;

    /// <summary>Holds in a transaction only while this lock is held: what such a transaction writes, no former holder can write.</summary>
    public Condition StillHeld => _held.Condition;

    /// <summary>Releases it.</summary>
    public ValueTask DisposeAsync() => _held.DisposeAsync();
}
