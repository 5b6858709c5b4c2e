using Tenet.Raft;
using Tenet.Raft.Wire;
using Tenet.Server.Peers;

namespace Tenet.Simulation.Worlds;

/// <summary>A snapshot on its way from one process to another, piece by piece. Whichever side ends, or the link between them, ends the transfer.</summary>
internal sealed class SnapshotTransfer(SimProcess from, SimMember to, OutgoingSnapshot snapshot)
{
    private const int PieceBytes = 16 * 1024;

    private readonly World _world = from.World;
    private SimProcess? _target;
    private IncomingSnapshot? _incoming;
    private bool _ended;

    public void Begin()
    {
        _world.Trace.Add(_world.Now, TraceKind.Snapshot, from.Machine.Name, (long)snapshot.Message.Snapshot.Index, snapshot.Image.Length, "begins");
        from.OnEnd(BreakOff);
        _world.After(_world.Network.Delay(), Arrive);
    }

    private void Arrive()
    {
        if (_ended)
            return;
        if (IsBroken || to.Process is not { IsOver: false } target || target.Transport.Local is not { } local)
        {
            BreakOff();
            return;
        }

        _target = target;
        target.OnEnd(BreakOff);
        target.Run(() => Try(() => _incoming = local.Receive((InstallSnapshot)RaftCodec.ReadMessage(RaftCodec.ToBytes(snapshot.Message)))));
        PlanNext();
    }

    private bool IsBroken => _world.Network.IsCut(from.Machine, to) || _world.Network.IsCut(to, from.Machine);

    private void PlanNext() => _world.After(_world.Network.Delay(), SendPiece);

    private void SendPiece()
    {
        if (_ended)
            return;
        if (IsBroken || _world.Network.Chance(_world.Network.Quality.Drop / 4))
        {
            BreakOff();
            return;
        }

        // A paused machine at either end: nothing moves until it goes on.
        if (to.IsPaused || from.Machine.IsPaused || _incoming is null)
        {
            _world.After(TimeSpan.TicksPerMillisecond * 10, SendPiece);
            return;
        }

        byte[] piece = new byte[PieceBytes];
        int count = 0;
        from.Run(() => count = snapshot.Image.Read(piece));
        if (_ended)
            return;
        if (count > 0)
        {
            _target!.Run(() => Try(() => _incoming.Write(piece.AsSpan(0, count))));
            PlanNext();
            return;
        }

        _target!.Run(() => Try(Complete));
    }

    private void Complete()
    {
        _incoming!.Complete();
        if (_ended)
            return;
        _world.Trace.Add(_world.Now, TraceKind.Snapshot, to.Name, (long)snapshot.Message.Snapshot.Index, 0, "is there");
        _incoming.Dispose();
        _incoming = null;
        End(delivered: true);
    }

    /// <summary>A disk that refuses ends the transfer, not the member.</summary>
    private void Try(Action action)
    {
        try
        {
            action();
        }
        catch (IOException failure)
        {
            _world.Trace.Add(_world.Now, TraceKind.Snapshot, to.Name, 0, 0, failure.Message);
            BreakOff();
        }
    }

    private void BreakOff()
    {
        if (_ended)
            return;
        _world.Trace.Add(_world.Now, TraceKind.Snapshot, from.Machine.Name, (long)snapshot.Message.Snapshot.Index, 0, "breaks off");
        End(delivered: false);
        if (_incoming is { } incoming)
            _target!.Run(incoming.Dispose);
    }

    private void End(bool delivered)
    {
        _ended = true;
        from.ForgetEnding(BreakOff);
        _target?.ForgetEnding(BreakOff);
        from.Run(snapshot.Dispose);
        _world.After(_world.Network.Delay(), () => from.Run(() => from.Transport.Local!.ReportSnapshot(snapshot.Message.To, delivered)));
    }
}
