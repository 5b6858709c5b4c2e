using Tenet.Protocol.Calls;
using Tenet.Protocol.Errors;
using Tenet.Server;
using Tenet.Simulation.Worlds;

namespace Tenet.Simulation.Workload;

/// <summary>Somebody with etcdctl: asks members for things and accepts whatever comes of it.</summary>
internal sealed class Operator(World world, ClientPort port)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Asks and does not wait.</summary>
    public void Do<T>(SimMember member, Func<Member, CallContext, Task<T>> method, Action<T>? then = null)
        where T : class =>
        world.Clients.Within(() => _ = DoAsync(member, method, then));

    /// <summary>Asks; to be awaited by clients' code.</summary>
    /// <returns>The answer; null if there was none or a refusal.</returns>
    public async Task<T?> AskAsync<T>(SimMember member, Func<Member, CallContext, Task<T>> method)
        where T : class
    {
        try
        {
            T result = await port.CallAsync(member, Patience, method);
            world.Trace.Add(world.Now, TraceKind.Client, "op", member.Index, 0, result);
            return result;
        }
        catch (Exception failure) when (failure is RefusalException or CallLostException)
        {
            world.Trace.Add(world.Now, TraceKind.Client, "op", member.Index, 1, failure.Message);
            return null;
        }
    }

    private async Task DoAsync<T>(SimMember member, Func<Member, CallContext, Task<T>> method, Action<T>? then)
        where T : class
    {
        if (await AskAsync(member, method) is { } result)
            then?.Invoke(result);
    }
}
