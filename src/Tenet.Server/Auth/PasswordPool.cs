using Tenet.Foundation;
using Tenet.Protocol.Errors;

namespace Tenet.Server.Auth;

/// <summary>
/// Runs what is made to be slow, hashing passwords, on a few threads that yield to all others, so that a stampede of logins has neither the threads nor the cores of
/// everybody else. Who may wait and whose turn it is, <see cref="PasswordQueue"/> says; what is more than may wait is refused.
/// </summary>
/// <param name="threadsMax">Passwords hashed at once.</param>
/// <param name="completeOnPool">Where those who wait go on.</param>
internal sealed class PasswordPool(int threadsMax, bool completeOnPool)
{
    private readonly Lock _lock = new();
    private readonly PasswordQueue _waiting = new();
    private int _threads;

    /// <summary>The number of threads that leaves most of the machine to others.</summary>
    public static int DefaultThreads => Math.Max(1, Environment.ProcessorCount / 4);

    /// <summary>Whether work would be refused now: cheaper to ask than to be refused, which is all that a flood gets.</summary>
    public bool IsFullFor(string source, string user)
    {
        lock (_lock)
            return !_waiting.Takes(source, user);
    }

    /// <summary>Runs work when it is the caller's turn; what its caller no longer waits for is left out.</summary>
    /// <param name="source">Where the caller calls from.</param>
    /// <param name="user">Whose password it is.</param>
    /// <param name="work">The work.</param>
    /// <param name="cancellation">Fires when the caller no longer waits.</param>
    /// <exception cref="RefusalException">Too many wait, now or before it is the caller's turn.</exception>
    public Task<T> RunAsync<T>(string source, string user, Func<T> work, CancellationToken cancellation)
    {
        var result = new TaskCompletionSource<T>(completeOnPool ? TaskCreationOptions.RunContinuationsAsynchronously : TaskCreationOptions.None);
        var job = new PasswordJob(() => Complete(result, work, cancellation), () => result.TrySetException(EtcdErrors.TooManyRequests.ToException()));
        PasswordJob? displaced;
        lock (_lock)
        {
            if (!_waiting.TryAdd(source, user, job, out displaced))
                throw EtcdErrors.TooManyRequests.ToException();
            if (_threads < threadsMax)
            {
                _threads++;
                new Thread(Work) { IsBackground = true, Name = "tenet passwords" }.Start();
            }
        }

        displaced?.Refuse();
        return result.Task;
    }

    private static void Complete<T>(TaskCompletionSource<T> result, Func<T> work, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
        {
            result.TrySetCanceled(cancellation);
            return;
        }

        try
        {
            result.TrySetResult(work());
        }
        catch (Exception failure)
        {
            result.TrySetException(failure);
        }
    }

    /// <summary>Ends when nobody waits.</summary>
    private void Work()
    {
        CurrentThread.YieldToOthers();
        while (true)
        {
            PasswordJob? job;
            lock (_lock)
            {
                if (!_waiting.TryTake(out job))
                {
                    _threads--;
                    return;
                }
            }

            job.Run();
        }
    }
}
