namespace Tenet.State.Mvcc;

/// <summary>Runs the jobs one after another on the caller's thread.</summary>
public sealed class SequentialRunner : IParallelRunner
{
    /// <summary>The one instance; it holds no state.</summary>
    public static SequentialRunner Instance { get; } = new();

    /// <inheritdoc/>
    public int Parallelism => 1;

    /// <inheritdoc/>
    public void Run(int count, Action<int> job)
    {
        for (int i = 0; i < count; i++)
            job(i);
    }
}
