using Tenet.Server.Loops;

namespace Tenet.Server.Maintenance;

/// <summary>Somebody who wants the backend's file defragmented, and waits.</summary>
internal sealed class DefragmentationDemand(bool completeOnPool, WakeSignal signal)
{
    private readonly TaskCompletionSource _done = new(completeOnPool ? TaskCreationOptions.RunContinuationsAsynchronously : TaskCreationOptions.None);
    private volatile bool _isGone;

    /// <summary>Completes when it is done; fails with what the disk said.</summary>
    public Task Done => _done.Task;

    /// <summary>Nobody waits any more.</summary>
    public bool IsGone => _isGone;

    public void Leave()
    {
        _isGone = true;
        signal.Set();
    }

    public void End(IOException? failure)
    {
        if (failure is null)
            _done.TrySetResult();
        else
            _done.TrySetException(failure);
    }
}
