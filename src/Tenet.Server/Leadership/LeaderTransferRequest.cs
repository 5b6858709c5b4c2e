using Tenet.Protocol.Errors;

namespace Tenet.Server.Leadership;

/// <summary>A wish that another voter should lead. The result is null once this member has seen it lead, or why it does not.</summary>
internal sealed class LeaderTransferRequest(ulong to, long deadline, bool completeOnPool, CancellationToken cancellation)
    : TaskCompletionSource<EtcdError?>(completeOnPool ? TaskCreationOptions.RunContinuationsAsynchronously : TaskCreationOptions.None)
{
    /// <summary>Who is to lead.</summary>
    public ulong To => to;

    /// <summary>Until when, as a timestamp.</summary>
    public long Deadline => deadline;

    /// <summary>The caller's own patience.</summary>
    public CancellationToken Cancellation => cancellation;

    /// <summary>When Raft was asked last, as a timestamp.</summary>
    public long AskedAt { get; set; } = long.MinValue;
}
