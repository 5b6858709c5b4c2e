using Tenet.State.Mvcc;

namespace Tenet.Server;

/// <summary>Runs the parts of start-up work on the pool's threads.</summary>
internal sealed class PoolRunner : IParallelRunner
{
    public static PoolRunner Instance { get; } = new();

    public int Parallelism => Environment.ProcessorCount;

    public void Run(int count, Action<int> job) => Parallel.For(0, count, job);
}
