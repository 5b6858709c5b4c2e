namespace Tenet.State.Mvcc;

/// <summary>Runs independent jobs at once. The owner of threads supplies it; State has none of its own.</summary>
public interface IParallelRunner
{
    /// <summary>How many jobs run at a time; at least 1.</summary>
    int Parallelism { get; }

    /// <summary>Runs <paramref name="job"/> for 0 … <paramref name="count"/>−1 and returns when all have ended; rethrows what one threw.</summary>
    void Run(int count, Action<int> job);
}
