using Tenet.Client.Calls;
using Tenet.Client.Calls.Methods;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Client;

/// <summary>The members of the cluster.</summary>
public sealed class Cluster
{
    private readonly ICallInvoker _invoker;
    private readonly CallOptions _options;

    internal Cluster(ICallInvoker invoker, CallOptions options) => (_invoker, _options) = (invoker, options);

    /// <summary>The members.</summary>
    /// <param name="linearizable">Whether changes that were answered before are certainly seen; otherwise one member tells what it knows.</param>
    /// <param name="cancellation">Gives the call up.</param>
    public async Task<IReadOnlyList<Member>> ListAsync(bool linearizable = true, CancellationToken cancellation = default) =>
        (await _invoker.UnaryAsync(ClusterMethods.MemberList, new MemberListRequest { Linearizable = linearizable }, _options, cancellation).ConfigureAwait(false)).Members;

    /// <summary>Adds a member, which starts afterwards with what the answer says.</summary>
    /// <param name="peerUrls">Where the others reach it.</param>
    /// <param name="learner">Whether it learns first, without a vote.</param>
    /// <param name="cancellation">Gives the call up.</param>
    public Task<MemberAddResponse> AddAsync(IEnumerable<string> peerUrls, bool learner = false, CancellationToken cancellation = default) =>
        _invoker.UnaryAsync(ClusterMethods.MemberAdd, new MemberAddRequest { PeerURLs = { peerUrls }, IsLearner = learner }, _options, cancellation);

    /// <summary>Removes a member.</summary>
    public Task<MemberRemoveResponse> RemoveAsync(ulong memberId, CancellationToken cancellation = default) =>
        _invoker.UnaryAsync(ClusterMethods.MemberRemove, new MemberRemoveRequest { ID = memberId }, _options, cancellation);

    /// <summary>Changes where the others reach a member.</summary>
    public Task<MemberUpdateResponse> UpdateAsync(ulong memberId, IEnumerable<string> peerUrls, CancellationToken cancellation = default) =>
        _invoker.UnaryAsync(ClusterMethods.MemberUpdate, new MemberUpdateRequest { ID = memberId, PeerURLs = { peerUrls } }, _options, cancellation);

    /// <summary>Gives a learner its vote.</summary>
    public Task<MemberPromoteResponse> PromoteAsync(ulong memberId, CancellationToken cancellation = default) =>
        _invoker.UnaryAsync(ClusterMethods.MemberPromote, new MemberPromoteRequest { ID = memberId }, _options, cancellation);
}
