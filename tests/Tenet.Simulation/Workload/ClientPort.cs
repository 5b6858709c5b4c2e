using Tenet.Foundation.Randomness;
using Tenet.Protocol.Calls;
using Tenet.Protocol.Errors;
using Tenet.Server;
using Tenet.Simulation.Worlds;

namespace Tenet.Simulation.Workload;

/// <summary>The way of a client's call to a member's service and back, with time on the way, and an end when the member's process ends.</summary>
internal sealed class ClientPort(World world, SeededRandom random)
{
    /// <summary>Calls a member. To be awaited by clients' code.</summary>
    /// <exception cref="RefusalException">The member refuses.</exception>
    /// <exception cref="CallLostException">There is no answer.</exception>
    public Task<T> CallAsync<T>(SimMember target, TimeSpan timeout, Func<Member, CallContext, Task<T>> method)
    {
        var outcome = new TaskCompletionSource<T>();
        var call = new SimCall();
        SimProcess? server = null;
        void Lose(string why, bool reached) => Complete(() => outcome.TrySetException(new CallLostException(why, reached)));
        void Ended() => world.After(Delay(), () => Lose("the connection broke", reached: true));

        world.After(timeout, () =>
        {
            if (outcome.Task.IsCompleted)
                return;
            Lose("deadline exceeded", reached: true);
            server?.ForgetEnding(Ended);
            server?.Run(call.Cancel);
        });
        world.After(Delay(), () =>
        {
            if (outcome.Task.IsCompleted)
                return;
            server = target.Process;
            if (server is not { IsOver: false, Member: { } member })
            {
                Lose("connection refused", reached: false);
                return;
            }

            server.OnEnd(Ended);
            server.Run(() => InvokeAsync(member, call, method).ContinueWith(
                task =>
                {
                    server.ForgetEnding(Ended);
                    world.After(Delay(), () => Complete(() => Hand(task, outcome)));
                },
                CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default));
        });
        return outcome.Task;
    }

    /// <summary>Whether a client takes its time to read, this time.</summary>
    public bool IsSlow => random.Chance(0.01);

    /// <summary>A way between a client and a member, in ticks.</summary>
    public long Delay() => TimeSpan.TicksPerMicrosecond * random.Next(20, 2000);

    private static async Task<T> InvokeAsync<T>(Member member, CallContext call, Func<Member, CallContext, Task<T>> method) => await method(member, call);

    private void Complete(Action completion) => world.Clients.Within(completion);

    private void Hand<T>(Task<T> task, TaskCompletionSource<T> outcome)
    {
        if (task.IsCompletedSuccessfully)
            outcome.TrySetResult(task.Result);
        else if (task.IsCanceled || task.Exception!.InnerException is OperationCanceledException)
            outcome.TrySetException(new CallLostException("cancelled", reached: true));
        else if (task.Exception.InnerException is RefusalException refusal)
            outcome.TrySetException(refusal);
        else if (task.Exception.InnerException is PowerCutException)
            outcome.TrySetException(new CallLostException("the connection broke", reached: true));
        else
            world.Fail($"a service threw what is no refusal: {task.Exception.InnerException}");
    }
}
