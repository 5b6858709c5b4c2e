using Tenet.Client.Calls;
using Tenet.Client.Calls.Methods;
using Tenet.CommandLine;
using Tenet.Ctl.Connection;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Ctl.Endpoints;

/// <summary>The endpoints that a command asks one by one: those of the flag, or with <c>--cluster</c> all that the members advertise.</summary>
internal sealed class ClusterEndpoints(FlagSet flags)
{
    private readonly Flag<bool> _cluster = flags.Switch("cluster", false, "use all endpoints from the cluster member list");

    /// <exception cref="CommandException">The members could not be asked for.</exception>
    public async Task<IReadOnlyList<string>> ListAsync(Session session)
    {
        if (!_cluster.Value)
            return session.NamedEndpoints;
        try
        {
            MemberListResponse response = await session.TryCallAsync(ClusterMethods.MemberList, new MemberListRequest { Linearizable = true }, session.Bounded);
            return [.. response.Members.SelectMany(static member => member.ClientURLs)];
        }
        catch (CallException exception)
        {
            throw new CommandException(ExitCode.Error, $"failed to fetch endpoints from etcd cluster member list: {CallErrors.Text(exception)}", exception);
        }
    }
}
