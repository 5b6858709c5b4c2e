namespace Tenet.Server.Loops;

/// <summary>
/// The thread around one or more turns. Nothing else in the member owns a thread, so a simulation that calls the turns itself runs
/// everything but these lines. Turns share a thread where a hop between two would cost more than it gains.
/// </summary>
internal sealed class LoopThread(string name, WakeSignal signal, TimeProvider clock, IReadOnlyList<ITurn> turns, Action<LoopThread, Exception> failed) : IDisposable
{
    private static readonly TimeSpan SleepMax = TimeSpan.FromSeconds(10);

    private readonly ManualResetEventSlim _ended = new();
    private volatile bool _stopping;

    public void Start() => new Thread(Run) { Name = name, IsBackground = true }.Start();

    /// <summary>Lets the current turn finish and waits for the thread's end. Not to be called from a turn.</summary>
    public void Stop()
    {
        _stopping = true;
        signal.Set();
        _ended.Wait();
    }

    public void Dispose() => _ended.Dispose();

    private void Run()
    {
        try
        {
            while (!_stopping)
            {
                bool worked = false;
                long wakeAt = long.MaxValue;
                foreach (ITurn turn in turns)
                {
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
            signal.Wait(time < SleepMax ? time : SleepMax);
    }
}
