using System.Collections.Concurrent;

namespace Tenet.Client.Calls;

/// <summary>A call's time limit joined with its caller's token. Used again by later calls, so that a call with a limit costs no timer of its own.</summary>
internal sealed class CallDeadline : IDisposable
{
    private const int KeptMax = 1024;
    private static readonly ConcurrentQueue<CallDeadline> Kept = new();

    private readonly CancellationTokenSource _source = new();
    private CancellationTokenRegistration _registration;

    public CancellationToken Token => _source.Token;

    public static CallDeadline Rent(TimeSpan timeout, CancellationToken caller)
    {
        if (!Kept.TryDequeue(out CallDeadline? deadline))
            deadline = new CallDeadline();
        deadline._registration = caller.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), deadline._source);
        deadline._source.CancelAfter(timeout > TimeSpan.Zero ? timeout : TimeSpan.Zero);
        return deadline;
    }

    /// <summary>Ends its use by one call.</summary>
    public void Dispose()
    {
        // Waits for a cancellation that runs just now, so that it cannot hit the next call.
        _registration.Dispose();
        if (_source.TryReset() && Kept.Count < KeptMax)
            Kept.Enqueue(this);
        else
            _source.Dispose();
    }
}
