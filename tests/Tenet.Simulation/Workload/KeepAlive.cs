using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Simulation.Worlds;

namespace Tenet.Simulation.Workload;

/// <summary>Renews a lease once, on a stream of its own.</summary>
internal static class KeepAlive
{
    /// <exception cref="RefusalException">The member refuses.</exception>
    /// <exception cref="CallLostException">There is no answer.</exception>
    public static async Task<LeaseKeepAliveResponse> CallAsync(World world, ClientPort port, SimMember target, TimeSpan patience, LeaseKeepAliveRequest request)
    {
        var answer = new TaskCompletionSource<LeaseKeepAliveResponse>();
        var stream = new ClientStream<LeaseKeepAliveRequest, LeaseKeepAliveResponse, LeaseKeepAliveResponse>(
            world,
            port,
            static response => response,
            response => answer.TrySetResult(response),
            error => answer.TrySetException(error is null ? new CallLostException("the connection broke", reached: true) : error.ToException()));
        world.After(patience, () => world.Clients.Within(() => answer.TrySetException(new CallLostException("deadline exceeded", reached: true))));
        stream.Open(target, static (member, own, call) => member.Door.Stream(call, false, inner => member.Lease.LeaseKeepAlive(own, own, inner)));
        stream.Send(request);
        try
        {
            return await answer.Task;
        }
        finally
        {
            stream.Close();
        }
    }
}
