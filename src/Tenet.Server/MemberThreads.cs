using Tenet.Server.Loops;

namespace Tenet.Server;

/// <summary>
/// The threads around a member's turns. Consensus, log and apply share one: in a cluster of one nothing is gained by handing a request
/// from one to the next, and each hop costs more than the work it moves.
/// </summary>
internal sealed class MemberThreads
{
    private readonly MemberEngine _engine;
    private readonly List<LoopThread> _threads = [];
    private int _failing;

    public MemberThreads(MemberEngine engine)
    {
        _engine = engine;
        foreach ((string name, WakeSignal signal, IReadOnlyList<ITurn> turns) in engine.Shells)
            _threads.Add(new LoopThread(name, signal, engine.Core.Clock, turns, Fail));
    }

    public void Start()
    {
        foreach (LoopThread thread in _threads)
            thread.Start();
    }

    public void Stop()
    {
        foreach (LoopThread thread in _threads)
            thread.Stop();
    }

    /// <summary>On the thread that failed. The first failure is the one that is told; it ends the other threads before anybody is answered.</summary>
    private void Fail(LoopThread failed, Exception failure)
    {
        if (Interlocked.Exchange(ref _failing, 1) == 1)
            return;
        _engine.BeginFail(failure);
        foreach (LoopThread thread in _threads)
        {
            if (thread != failed)
                thread.Stop();
        }

        _engine.EndFail(failure);
    }
}
