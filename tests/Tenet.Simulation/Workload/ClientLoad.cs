using Tenet.Foundation.Randomness;
using Tenet.Simulation.Worlds;

namespace Tenet.Simulation.Workload;

/// <summary>All clients of a world.</summary>
internal sealed class ClientLoad
{
    private readonly World _world;
    private readonly List<Client> _clients = [];
    private readonly List<Task> _running = [];
    private readonly Client _auditor;
    private readonly List<Watcher> _watchers = [];

    public ClientLoad(World world, ClientPort port, SeededRandom random)
    {
        _world = world;
        for (int i = 0; i < world.Plan.Clients; i++)
            _clients.Add(new Client(world, port, random.Fork(), i));
        _auditor = new Client(world, port, random.Fork(), world.Plan.Clients);
        for (int i = 0; i < world.Plan.Watchers; i++)
            _watchers.Add(new Watcher(world, port, random.Fork(), i));
    }

    /// <summary>Writes a key at this very member; to be awaited by clients' code.</summary>
    public Task<bool> WriteThroughAsync(SimMember member) => _auditor.WriteThroughAsync(member);

    /// <summary>Clients finish what they are at and begin nothing new.</summary>
    public bool IsStopping { get; private set; }

    public bool IsDone => _running.TrueForAll(static task => task.IsCompleted);

    public void Begin() => _world.Clients.Within(() =>
    {
        foreach (Client client in _clients)
            _running.Add(client.RunAsync());
        foreach (Watcher watcher in _watchers)
            watcher.Begin();
    });

    /// <summary>Watchers that stand must have got everything up to this revision.</summary>
    public void FinishWatches(long revision)
    {
        foreach (Watcher watcher in _watchers)
            watcher.Finish(revision);
    }

    public void Stop() => IsStopping = true;

    /// <summary>A client's own mistake is a mistake of the simulation.</summary>
    public void ThrowIfFailed()
    {
        foreach (Task task in _running)
        {
            if (task.IsFaulted)
                throw new SimulationFailedException("a client failed", task.Exception!.InnerException);
        }
    }
}
