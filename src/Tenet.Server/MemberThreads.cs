using Tenet.Server.Loops;

namespace Tenet.Server;

/// <summary>
/// The threads around a member's turns. While a member is alone, consensus, log and apply share one: nothing is gained by handing a request
/// from one to the next, and each hop costs more than the work it moves. With others they part, for good: the leader's heartbeats and the
/// followers' elections must not wait behind a sync.
/// </summary>
internal sealed class MemberThreads
{
    private readonly MemberEngine _engine;
    private readonly Lock _lock = new();
    private readonly List<LoopThread> _threads = [];
    private readonly LoopThread _engineThread;
    private bool _stopping;
    private int _failing;

    public MemberThreads(MemberEngine engine)
    {
        _engine = engine;
        _engineThread = New(engine.EngineShell);
        foreach (LoopShell shell in engine.OtherShells)
            New(shell);
        if (engine.PartedShells.Count == 0)
            return;
        foreach (LoopShell shell in engine.PartedShells)
            shell.Signal.JoinTo(engine.EngineShell.Signal);
        engine.OthersJoined = Part;
    }

    public void Start()
    {
        foreach (LoopThread thread in Threads())
            thread.Start();
    }

    public void Stop()
    {
        foreach (LoopThread thread in Threads(stopping: true))
            thread.Stop();
    }

    /// <summary>On the engine's thread, between two of its turns: the others get threads of their own, the consensus loop stays.</summary>
    private void Part()
    {
        lock (_lock)
        {
            if (_stopping)
                return;
            _engineThread.Keep([_engine.EngineShell.Turns[0]]);
            foreach (LoopShell shell in _engine.PartedShells)
            {
                shell.Signal.Part();
                New(shell).Start();
            }
        }
    }

    private LoopThread New(LoopShell shell)
    {
        var thread = new LoopThread(shell, _engine.Core.Clock, Fail);
        _threads.Add(thread);
        return thread;
    }

    private List<LoopThread> Threads(bool stopping = false)
    {
        lock (_lock)
        {
            _stopping |= stopping;
            return [.. _threads];
        }
    }

    /// <summary>On the thread that failed. The first failure is the one that is told; it ends the other threads before anybody is answered.</summary>
    private void Fail(LoopThread failed, Exception failure)
    {
        if (Interlocked.Exchange(ref _failing, 1) == 1)
            return;
        _engine.BeginFail(failure);
        foreach (LoopThread thread in Threads(stopping: true))
        {
            if (thread != failed)
                thread.Stop();
        }

        _engine.EndFail(failure);
    }
}
