using Tenet.State.Mvcc;

namespace Tenet.State.Tests.Mvcc;

internal sealed class ThreadedRunner(int parallelism) : IParallelRunner
{
    public int Parallelism => parallelism;

    public void Run(int count, Action<int> job) =>
        Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = parallelism + 1 }, job);
}
