namespace Tenet.Server.Requests;

/// <summary>Callers that wait until an entry has been applied.</summary>
internal sealed class AppliedIndexWaits(EngineState state, bool completeOnPool)
{
    private readonly Lock _lock = new();
    private readonly List<(ulong Index, TaskCompletionSource Waiter)> _waits = [];
    private volatile bool _any;

    public Task WaitAsync(ulong index)
    {
        if (state.AppliedIndex >= index)
            return Task.CompletedTask;
        var waiter = new TaskCompletionSource(completeOnPool ? TaskCreationOptions.RunContinuationsAsynchronously : TaskCreationOptions.None);
        lock (_lock)
        {
            _waits.Add((index, waiter));
            _any = true;
        }

        // The apply loop may have passed the index before it could see the waiter.
        Interlocked.MemoryBarrier();
        Reached(state.AppliedIndex);
        return waiter.Task;
    }

    /// <summary>Ends a wait of <see cref="WaitAsync"/> that nobody waits for any more, so that one for an index that never comes is not kept.</summary>
    public void Forget(Task wait)
    {
        lock (_lock)
            _waits.RemoveAll(waiting => waiting.Waiter.Task == wait);
    }

    /// <summary>Releases whoever waits for an index up to this one.</summary>
    public void Reached(ulong applied)
    {
        if (!_any)
            return;
        lock (_lock)
        {
            for (int i = _waits.Count - 1; i >= 0; i--)
            {
                if (_waits[i].Index > applied)
                    continue;
                _waits[i].Waiter.TrySetResult();
                _waits.RemoveAt(i);
            }

            _any = _waits.Count > 0;
        }
    }
}
