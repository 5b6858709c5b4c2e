using Tenet.Server.Loops;

namespace Tenet.Server.Requests;

/// <summary>Forced commits of the backend, for calls that must show or keep exactly what has been applied.</summary>
internal sealed class BackendCommits(ApplyInbox apply, bool completeOnPool)
{
    /// <summary>Completes when everything applied before the call is durable in the backend.</summary>
    public Task CommitAsync()
    {
        var waiter = new TaskCompletionSource(completeOnPool ? TaskCreationOptions.RunContinuationsAsynchronously : TaskCreationOptions.None);
        apply.CommitDemands.TryPost(waiter);
        return waiter.Task;
    }
}
