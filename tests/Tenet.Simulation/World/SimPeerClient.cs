using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Server;
using Tenet.Server.Peers;
using Tenet.State.Members;

namespace Tenet.Simulation.Worlds;

/// <summary>Questions of one process to others. A cut link answers nothing, ever: the caller's patience ends the wait.</summary>
internal sealed class SimPeerClient(SimProcess process) : IPeerClient
{
    public Task<PeerMembership> GetMembersAsync(string url, CancellationToken cancellation) =>
        AskAsync(url, static (local, _) => Task.FromResult(new PeerMembership(local.ClusterId, local.Members.Members)), cancellation);

    public Task<PeerVersions> GetVersionsAsync(string url, CancellationToken cancellation) =>
        AskAsync(
            url,
            static (local, _) => Task.FromResult(new PeerVersions(Version.Parse(MemberOptions.ServerVersion), local.Members.ClusterVersion)),
            cancellation);

    public Task<bool> IsDowngradeEnabledAsync(string url, CancellationToken cancellation) =>
        AskAsync(url, static (local, token) => local.IsDowngradeEnabledAsync(token).AsTask(), cancellation);

    public Task<PeerHash> GetHashKvAsync(string url, ulong clusterId, long revision, CancellationToken cancellation) =>
        AskAsync(
            url,
            (local, _) => local.ClusterId == clusterId
                ? Task.FromResult(local.HashKv(revision))
                : throw new PeerRequestException($"{url} belongs to another cluster"),
            cancellation);

    public Task<long> RenewLeaseAsync(string url, long id, CancellationToken cancellation) => AskAsync(
        url,
        async (local, token) => await local.RenewLeaseAsync(id, token) is var ttl and not 0 ? ttl : throw EtcdErrors.LeaseNotFound.ToException(),
        cancellation);

    public Task<LeaseTimeToLiveResponse> GetLeaseAsync(string url, LeaseTimeToLiveRequest request, CancellationToken cancellation) =>
        AskAsync(url, async (local, token) => await local.GetLeaseAsync(request, token) ?? throw EtcdErrors.LeaseNotFound.ToException(), cancellation);

    public Task<IReadOnlyList<ClusterMember>> PromoteAsync(string url, ulong id, string? token, CancellationToken cancellation) =>
        AskAsync(url, (local, ended) => local.PromoteAsync(id, token, ended).AsTask(), cancellation);

    private Task<T> AskAsync<T>(string url, Func<IPeerService, CancellationToken, Task<T>> question, CancellationToken cancellation)
    {
        World world = process.World;
        SimMember? target = world.FindByUrl(url);
        var answer = new TaskCompletionSource<T>();
        cancellation.UnsafeRegister(static (source, token) => ((TaskCompletionSource<T>)source!).TrySetCanceled(token), answer);
        world.Trace.Add(world.Now, TraceKind.Question, process.Machine.Name, target?.Index ?? -1, 0, typeof(T).Name);
        if (target is null)
            answer.TrySetException(new PeerRequestException($"{url}: no such host"));
        else
            world.After(world.Network.Delay(), () => Arrive(url, target, question, answer, cancellation));
        return answer.Task;
    }

    private void Arrive<T>(
        string url, SimMember target, Func<IPeerService, CancellationToken, Task<T>> question, TaskCompletionSource<T> answer, CancellationToken cancellation)
    {
        if (process.World.Network.IsCut(process.Machine, target) || answer.Task.IsCompleted)
            return;
        if (target.Process is not { IsOver: false, Member: not null } other || other.Transport.Local is not { } local)
        {
            Return(target, () => answer.TrySetException(new PeerRequestException($"{url}: connection refused")));
            return;
        }

        void Ended() => Return(target, () => answer.TrySetException(new PeerRequestException($"{url}: connection reset")));
        other.OnEnd(Ended);
        other.Run(() => Invoke(local, question, cancellation).ContinueWith(
            task =>
            {
                other.ForgetEnding(Ended);
                Return(target, () => Complete(url, task, answer));
            },
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default));
    }

    private static async Task<T> Invoke<T>(IPeerService local, Func<IPeerService, CancellationToken, Task<T>> question, CancellationToken cancellation) =>
        await question(local, cancellation);

    private void Return(SimMember from, Action answer)
    {
        World world = process.World;
        if (!world.Network.IsCut(from, process.Machine))
            world.After(world.Network.Delay(), () => process.Run(answer));
    }

    private static void Complete<T>(string url, Task<T> task, TaskCompletionSource<T> answer)
    {
        if (task.IsCompletedSuccessfully)
            answer.TrySetResult(task.Result);
        else if (task.Exception?.InnerException is RefusalException refusal)
            answer.TrySetException(refusal);
        else
            answer.TrySetException(new PeerRequestException($"{url}: {task.Exception?.InnerException?.Message ?? "canceled"}", task.Exception?.InnerException));
    }
}
