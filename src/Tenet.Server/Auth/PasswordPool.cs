using Tenet.Protocol.Errors;

namespace Tenet.Server.Auth;

/// <summary>
/// Runs what is made to be slow, hashing passwords, on a few threads of its own, so that a stampede of logins has neither the threads nor the cores of everybody else.
/// Users take turns: however many wait for one of them, another waits for a turn only. What is more than may wait is refused.
/// </summary>
/// <param name="threadsMax">Passwords hashed at once.</param>
/// <param name="completeOnPool">Where those who wait go on.</param>
internal sealed class PasswordPool(int threadsMax, bool completeOnPool)
{
    /// <summary>Requests that may wait.</summary>
    public const int WaitingMax = 1_024;

    /// <summary>Requests that may wait for one user.</summary>
    public const int WaitingPerUserMax = 32;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Queue<Job>> _waiting = new(StringComparer.Ordinal);
    private readonly Queue<string> _turns = new();
    private int _waitingCount;
    private int _threads;

    /// <summary>The number of threads that leaves most of the machine to others.</summary>
    public static int DefaultThreads => Math.Max(1, Environment.ProcessorCount / 4);

    /// <summary>Runs work when it is the user's turn; what its caller no longer waits for is left out.</summary>
    /// <exception cref="RefusalException">Too many wait.</exception>
    public Task<T> RunAsync<T>(string user, Func<T> work, CancellationToken cancellation)
    {
        var result = new TaskCompletionSource<T>(completeOnPool ? TaskCreationOptions.RunContinuationsAsynchronously : TaskCreationOptions.None);
        var job = new Job(() => Complete(result, work, cancellation));
        lock (_lock)
        {
            if (!_waiting.TryGetValue(user, out Queue<Job>? queue))
                queue = new Queue<Job>();
            if (_waitingCount >= WaitingMax || queue.Count >= WaitingPerUserMax)
                throw EtcdErrors.TooManyRequests.ToException();
            if (queue.Count == 0)
            {
                _waiting[user] = queue;
                _turns.Enqueue(user);
            }

            queue.Enqueue(job);
            _waitingCount++;
            if (_threads < threadsMax)
            {
                _threads++;
                new Thread(Work) { IsBackground = true, Name = "tenet passwords" }.Start();
            }
        }

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
        while (true)
        {
            Job job;
            lock (_lock)
            {
                if (!_turns.TryDequeue(out string? user))
                {
                    _threads--;
                    return;
                }

                Queue<Job> queue = _waiting[user];
                job = queue.Dequeue();
                _waitingCount--;
                if (queue.Count > 0)
                    _turns.Enqueue(user);
                else
                    _waiting.Remove(user);
            }

            job.Run();
        }
    }

    private readonly record struct Job(Action Run);
}
