using Google.Protobuf.Collections;
using Tenet.Foundation.Logging;
using Tenet.Protocol.Calls;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Raft;
using Tenet.Server.Maintenance;
using Tenet.Server.Peers;
using Tenet.Server.Requests;
using Tenet.State.Members;
using ClusterMember = Tenet.State.Members.ClusterMember;
using ListedMember = Tenet.Protocol.Etcdserverpb.Member;

namespace Tenet.Server.Services;

/// <summary>etcdserverpb.Cluster (contract/api.md, 2.5; contract/consensus.md, 6.5): who is in the cluster, and changes of that.</summary>
public sealed class ClusterService
{
    /// <summary>Between two tries to reach the leader.</summary>
    private static readonly TimeSpan ForwardInterval = TimeSpan.FromMilliseconds(50);

    private readonly MemberCore _core;
    private readonly ReconfigurationChecks _checks;

    internal ClusterService(MemberCore core)
    {
        _core = core;
        _checks = new ReconfigurationChecks(core);
    }

    /// <summary>Adds a member, which may start afterwards: as a learner, or with a vote at once.</summary>
    public async ValueTask<MemberAddResponse> MemberAdd(MemberAddRequest request, CallContext context)
    {
        string[] urls = PeerUrls(request.PeerURLs);
        await _core.Access.RequireRootAsync(context);
        ulong id = MemberIdentity.MemberId(urls, "", _core.Clock.GetUtcNow().ToUnixTimeSeconds());
        var member = new ClusterMember(id, urls, request.IsLearner, "", []);
        _checks.RequireAddable(member);
        if (request.IsLearner)
            await RequireLearnerLimitSharedAsync(context.Cancellation);
        ConfChangeType type = request.IsLearner ? ConfChangeType.AddLearnerNode : ConfChangeType.AddNode;
        IReadOnlyList<ClusterMember> members = await ChangeAsync(type, id, MemberJson.Write(member), context);
        return new MemberAddResponse { Header = _core.Headers.WithoutRevision(), Member = Listed(member), Members = { members.Select(Listed) } };
    }

    /// <summary>Removes a member for good: its id never comes back.</summary>
    public async ValueTask<MemberRemoveResponse> MemberRemove(MemberRemoveRequest request, CallContext context)
    {
        await _core.Access.RequireRootAsync(context);
        _checks.RequireRemovable(request.ID);
        IReadOnlyList<ClusterMember> members = await ChangeAsync(ConfChangeType.RemoveNode, request.ID, default, context);
        return new MemberRemoveResponse { Header = _core.Headers.WithoutRevision(), Members = { members.Select(Listed) } };
    }

    /// <summary>Replaces a member's peer URLs.</summary>
    public async ValueTask<MemberUpdateResponse> MemberUpdate(MemberUpdateRequest request, CallContext context)
    {
        await _core.Access.RequireRootAsync(context);

        // URLs that etcd cannot read would stop every etcd member that applies them, now and at each restart.
        string[] urls = PeerUrls(request.PeerURLs);

        // A 3.5 member takes all that the context says of the member, so it has to say that a learner is one.
        bool isLearner = _core.Members.Current.Find(request.ID) is { IsLearner: true };
        byte[] change = MemberJson.Write(new ClusterMember(request.ID, urls, isLearner, "", []));
        IReadOnlyList<ClusterMember> members = await ChangeAsync(ConfChangeType.UpdateNode, request.ID, change, context);
        return new MemberUpdateResponse { Header = _core.Headers.WithoutRevision(), Members = { members.Select(Listed) } };
    }

    /// <summary>Gives a learner its vote. Only the leader knows whether it has caught up, so it decides.</summary>
    public async ValueTask<MemberPromoteResponse> MemberPromote(MemberPromoteRequest request, CallContext context)
    {
        await _core.Access.RequireRootAsync(context);
        string? token = context.RequestHeader("token") ?? context.RequestHeader("authorization");
        IReadOnlyList<ClusterMember> members = await PromoteAsync(request.ID, token, context, context.Cancellation);
        return new MemberPromoteResponse { Header = _core.Headers.WithoutRevision(), Members = { members.Select(Listed) } };
    }

    /// <summary>The members by ascending id; agreed upon with the cluster if the caller asks for that.</summary>
    public async ValueTask<MemberListResponse> MemberList(MemberListRequest request, CallContext context)
    {
        if (request.Linearizable)
            await _core.Reads.WaitAsync(context.Cancellation);
        await _core.Access.RequireUserAsync(context);
        return new MemberListResponse { Header = _core.Headers.WithoutRevision(), Members = { _core.Members.Current.Members.Select(Listed) } };
    }

    /// <summary>Gives a learner its vote, here or by way of the leader.</summary>
    /// <param name="id">The learner.</param>
    /// <param name="token">The caller's auth token, if any.</param>
    /// <param name="context">The caller's call; null if another member asks.</param>
    /// <param name="cancellation">The caller's patience.</param>
    /// <returns>The members afterwards.</returns>
    internal async ValueTask<IReadOnlyList<ClusterMember>> PromoteAsync(ulong id, string? token, CallContext? context, CancellationToken cancellation)
    {
        if (context is null)
            await _core.Access.RequireRootAsync(token, cancellation);
        using var patience = new Patience(_core.Clock, _core.Options.RequestTimeout, cancellation, _core.StoppingToken);
        try
        {
            while (true)
            {
                if (await PromoteHereAsync(id, context, patience.Token) is { } promoted)
                    return promoted;
                ClusterMember leader = await _core.WaitLeaderAsync(patience.Token);
                if (leader.Id != _core.MemberId && await PromoteAtAsync(leader, id, token, patience.Token) is { } members)
                    return members;
                await Task.Delay(ForwardInterval, _core.Clock, patience.Token);
            }
        }
        catch (OperationCanceledException) when (patience.IsOver)
        {
            throw patience.Refusal.ToException();
        }
    }

    private static ListedMember Listed(ClusterMember member) => new()
    {
        ID = member.Id,
        Name = member.Name,
        PeerURLs = { member.PeerUrls },
        ClientURLs = { member.ClientUrls },
        IsLearner = member.IsLearner,
    };

    /// <summary>URLs as identifiers are made of them: sorted.</summary>
    private static string[] PeerUrls(RepeatedField<string> texts)
    {
        if (texts.Count == 0)
            throw EtcdErrors.MemberBadUrls.ToException();
        try
        {
            return [.. texts.Select(static text => EtcdUrl.Parse(text).Printed).Order(StringComparer.Ordinal)];
        }
        catch (FormatException)
        {
            throw EtcdErrors.MemberBadUrls.ToException();
        }
    }

    /// <returns>The members afterwards; null if this member does not lead.</returns>
    private async ValueTask<IReadOnlyList<ClusterMember>?> PromoteHereAsync(ulong id, CallContext? context, CancellationToken cancellation)
    {
        await _core.WaitAppliedAsync(cancellation);
        RaftStatus status = await _core.RaftStatusAsync(cancellation);
        if (status.Progress.Count == 0)
            return null;
        try
        {
            _checks.RequirePromotable(id, status);
            IReadOnlyList<ClusterMember> members = await ChangeAsync(ConfChangeType.AddNode, id, MemberJson.WritePromotion(id), context);
            _core.Metrics.Promotions.Increment();
            return members;
        }
        catch (RefusalException refusal)
        {
            _core.Metrics.PromotionsFailed.With(refusal.Error.Message).Increment();
            throw;
        }
    }

    private async ValueTask<IReadOnlyList<ClusterMember>?> PromoteAtAsync(ClusterMember leader, ulong id, string? token, CancellationToken cancellation)
    {
        foreach (string url in leader.PeerUrls)
        {
            try
            {
                return await _core.Seams.Peers.Client.PromoteAsync(url, id, token, cancellation);
            }
            catch (Exception failure) when (failure is PeerRequestException || failure is RefusalException refusal && !IsFinal(refusal.Error))
            {
                _core.Log.Debug("failed to promote a member at the leader", new LogField("address", url), new LogField("error", failure.Message));
            }
        }

        return null;
    }

    /// <summary>
    /// Members before 3.6 refuse a second learner when they apply it, whatever this member's limit is, and would from then on disagree about
    /// who is in the cluster.
    /// </summary>
    private async ValueTask RequireLearnerLimitSharedAsync(CancellationToken cancellation)
    {
        if (_core.Options.MaxLearners <= 1 || _core.Members.Current.Learners.Count == 0)
            return;
        using var patience = new Patience(_core.Clock, _core.Options.RequestTimeout, cancellation, _core.StoppingToken);
        var survey = new VersionSurvey(_core.Options, _core.Seams, _core.Members, _core.MemberId);
        try
        {
            if (await survey.AskAsync(patience.Token) is not { } versions || versions.Min() < ClusterVersions.CountsLearnersByOption)
                throw EtcdErrors.TooManyLearners.ToException();
        }
        catch (OperationCanceledException) when (patience.IsOver)
        {
            throw patience.Refusal.ToException();
        }
    }

    /// <summary>Whether asking again would give the same answer.</summary>
    private static bool IsFinal(EtcdError error) =>
        error == EtcdErrors.LearnerNotReady || error == EtcdErrors.MemberNotFound || error == EtcdErrors.MemberNotLearner;

    /// <summary>Replicates a change and waits until Raft itself goes by it, so that the caller's next change is not refused because of this one.</summary>
    private async ValueTask<IReadOnlyList<ClusterMember>> ChangeAsync(ConfChangeType type, ulong id, ReadOnlyMemory<byte> change, CallContext? context)
    {
        RequestResult result = await _core.Requests.SubmitChangeAsync(new ConfChange(null, type, id, change), context);
        if (result.Error is { } refusal)
            throw refusal.ToException();
        _core.Log.Info(
            "applied a configuration change through raft",
            new LogField("local-member-id", _core.MemberId.ToString("x")),
            new LogField("raft-conf-change", "ConfChange" + type),
            new LogField("raft-conf-change-node-id", id.ToString("x")));
        return _core.Members.Current.Members;
    }
}
