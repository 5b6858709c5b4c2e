using Tenet.Protocol.Calls;
using Tenet.Protocol.Errors;
using Tenet.Server;
using Tenet.Simulation.Worlds;

namespace Tenet.Simulation.Workload;

/// <summary>Somebody with etcdctl: asks members for things and accepts whatever comes of it.</summary>
internal sealed class Operator(World world, ClientPort port)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public void Do<T>(SimMember member, Func<Member, CallContext, Task<T>> method, Action<T>? then = null) =>
        world.Clients.Within(() => _ = DoAsync(member, method, then));

    private async Task DoAsync<T>(SimMember member, Func<Member, CallContext, Task<T>> method, Action<T>? then)
    {
        try
        {
            T result = await port.CallAsync(member, Patience, method);
            world.Trace.Add(world.Now, TraceKind.Client, "op", 0, 0, result);
            then?.Invoke(result);
        }
        catch (Exception failure) when (failure is RefusalException or CallLostException)
        {
            world.Trace.Add(world.Now, TraceKind.Client, "op", 1, 0, failure.Message);
        }
    }
}
