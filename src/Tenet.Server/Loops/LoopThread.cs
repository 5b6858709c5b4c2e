namespace Tenet.Server.Loops;

/// <summary>
/// The thread around one or more turns. Nothing else in the member owns a thread, so a simulation that calls the turns itself runs
/// everything but these lines. Turns share a thread where a hop between two would cost more than it gains.
/// </summary>
internal sealed class LoopThread(LoopShell shell, TimeProvider clock, Action<LoopThread, Exception> failed) : IDisposable
{
    private static readonly TimeSpan SleepMax = TimeSpan.FromSeconds(10);

    private readonly ManualResetEventSlim _ended = new();
    private IReadOnlyList<ITurn> _turns = shell.Turns;
    private volatile bool _stopping;

    public void Start() => new Thread(Run) { Name = shell.Name, IsBackground = true }.Start();

    /// <summary>Lets the current turn finish and waits for the thread's end. Not to be called from a turn.</summary>
    public void Stop()
    {
        _stopping = true;
        shell.Signal.Set();
        _ended.Wait();
    }

    /// <summary>Runs no more than these turns from now on, not even in the present round. To be called from one of them.</summary>
    public void Keep(IReadOnlyList<ITurn> turns) => _turns = turns;

    public void Dispose() => _ended.Dispose();

    private void Run()
    {
        try
        {
            while (!_stopping)
            {
                bool worked = false;
                long wakeAt = long.MaxValue;
                for (int i = 0; i < _turns.Count; i++)
                {
                    ITurn turn = _turns[i];
                    worked |= turn.RunTurn();
                    wakeAt = Math.Min(wakeAt, turn.WakeAt);
                }

                if (!worked)
                    Sleep(wakeAt);
            }
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            failed(this, failure);
        }
        finally
        {
            _ended.Set();
        }
    }

    private void Sleep(long wakeAt)
    {
        TimeSpan time = wakeAt == long.MaxValue ? SleepMax : clock.GetElapsedTime(clock.GetTimestamp(), wakeAt);
        if (time > TimeSpan.Zero)
            shell.Signal.Wait(time < SleepMax ? time : SleepMax);
    }
}
