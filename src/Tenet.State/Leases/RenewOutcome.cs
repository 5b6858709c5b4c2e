namespace Tenet.State.Leases;

/// <summary>What became of a renewal.</summary>
public enum RenewStatus
{
    /// <summary>The lease counts anew.</summary>
    Renewed,

    /// <summary>There is no such lease; the client is told a time to live of 0.</summary>
    NotFound,

    /// <summary>This member does not count time; the leader must be asked.</summary>
    NotPrimary,

    /// <summary>The lease has run out and is about to be revoked: wait for <see cref="RenewOutcome.Gone"/>, then ask again.</summary>
    Expired,
}

/// <summary>The answer to a renewal.</summary>
/// <param name="Status">What became of it.</param>
/// <param name="TtlSeconds">The granted time to live, if renewed.</param>
/// <param name="CheckpointMustBeCleared">
/// Whether a checkpoint of this lease is still on record. A checkpoint with a remaining time of 0 must then be proposed, or the next leader would count from the old one.
/// </param>
/// <param name="Gone">Completes (on the thread pool, unless <see cref="LessorOptions.CompleteOnPool"/> says otherwise) once an expired lease was revoked or this member stopped counting time.</param>
public readonly record struct RenewOutcome(RenewStatus Status, long TtlSeconds = 0, bool CheckpointMustBeCleared = false, Task? Gone = null);
