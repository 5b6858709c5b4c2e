using Tenet.Foundation.Logging;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Raft;
using Tenet.Server.Observability;
using Tenet.Server.Requests;
using Tenet.Server.Services;
using Tenet.State.Alarms;
using Tenet.State.Apply;
using Tenet.State.Auth;
using Tenet.State.Members;

namespace Tenet.Server.Loops;

/// <summary>What follows from an applied entry outside the state: metrics, log lines, wake-ups, alarms. Called on the apply loop; returns at once.</summary>
internal sealed class ApplyEvents(
    MemberOptions options, MemberSeams seams, ulong clusterId, ulong memberId, MemberStore members, AlarmStore alarms, AuthStore auth, MemberMetrics metrics)
{
    private Alarm[] _alarms = [];
    private string? _clusterVersion;

    /// <summary>Raises this member's NOSPACE alarm through the log. Set once, before the first entry.</summary>
    public Func<Task> RaiseNoSpace { get; set; } = static () => Task.CompletedTask;

    /// <summary>Wakes the loop that works compactions off.</summary>
    public Action CompactionStarted { get; set; } = static () => { };

    /// <summary>Wakes the loop that looks after versions.</summary>
    public Action VersionsDue { get; set; } = static () => { };

    /// <summary>Users and roles as of the last applied entry.</summary>
    public AuthView Users => auth.Current;

    /// <summary>A request has been applied.</summary>
    /// <param name="request">What was asked for.</param>
    /// <param name="outcome">What became of it.</param>
    /// <param name="usersBefore">Users and roles before the entry.</param>
    /// <param name="took">How long it took.</param>
    public void Applied(InternalRaftRequest request, in ApplyOutcome outcome, AuthView usersBefore, TimeSpan took)
    {
        Count(request, outcome);
        AuthLines.Applied(seams.Log, request, outcome, usersBefore, auth.Current);

        // Compacted counts as success, as in etcd: it is no failure of the member.
        bool success = outcome.Error is null || outcome.Error == EtcdErrors.Compacted;
        metrics.ApplyDuration.With("v3", RequestKind.Of(request), success ? "true" : "false").Observe(took.TotalSeconds);
        if (took > options.WarningApplyDuration)
        {
            metrics.SlowApply.Increment();
            seams.Log.Warn(
                "apply request took too long",
                new LogField("took", took),
                new LogField("expected-duration", options.WarningApplyDuration),
                new LogField("prefix", ""),
                new LogField("request", RequestText.Of(request)),
                new LogField("response", ResponseText(outcome)));
        }

        if (outcome.Error is { } error)
        {
            seams.Log.Warn(
                "failed to apply request",
                new LogField("took", took),
                new LogField("request", RequestText.Of(request)),
                new LogField("response", ResponseText(outcome)),
                new LogField("error", error.Message));
        }
    }

    /// <summary>What the outcome asks for besides an answer.</summary>
    public void OnEffects(ApplyEffects effects)
    {
        if ((effects & ApplyEffects.CompactionStarted) != 0)
            CompactionStarted();
        if ((effects & ApplyEffects.AlarmsChanged) != 0)
            ShowAlarms();
        if ((effects & ApplyEffects.ClusterVersionSet) != 0)
            ShowClusterVersion();
    }

    /// <summary>The write went over the quota: it is answered after the alarm has been raised, so that nobody can write on in between.</summary>
    public async Task AnswerOverQuotaAsync(PendingRequest waiter, RequestResult result)
    {
        if (!alarms.IsRaised(AlarmType.Nospace))
            await RaiseNoSpace();
        waiter.Complete(result);
    }

    /// <summary>A leader's first entry has been applied.</summary>
    public void TermOpened() => VersionsDue();

    /// <summary>The membership has changed.</summary>
    /// <param name="type">How.</param>
    /// <param name="nodeId">Whose.</param>
    /// <param name="before">What the member was.</param>
    public void Reconfigured(ConfChangeType type, ulong nodeId, State.Members.ClusterMember? before)
    {
        State.Members.ClusterMember? member = members.Current.Find(nodeId) ?? before;
        if (before is { IsLearner: true } && member is { IsLearner: false } && type == ConfChangeType.AddNode)
        {
            seams.Log.Info(
                "promote member",
                new LogField("cluster-id", clusterId.ToString("x")),
                new LogField("local-member-id", memberId.ToString("x")),
                new LogField("promoted-member-id", nodeId.ToString("x")));
            return;
        }

        (string message, string id, string urls, string learner) = type switch
        {
            ConfChangeType.RemoveNode => ("removed member", "removed-remote-peer-id", "removed-remote-peer-urls", "removed-remote-peer-is-learner"),
            ConfChangeType.UpdateNode => ("updated member", "updated-remote-peer-id", "updated-remote-peer-urls", "updated-remote-peer-is-learner"),
            _ => ("added member", "added-peer-id", "added-peer-peer-urls", "added-peer-is-learner"),
        };
        seams.Log.Info(
            message,
            new LogField("cluster-id", clusterId.ToString("x")),
            new LogField("local-member-id", memberId.ToString("x")),
            new LogField(id, nodeId.ToString("x")),
            new LogField(urls, member?.PeerUrls ?? []),
            new LogField(learner, member?.IsLearner ?? false));
    }

    /// <summary>Shows the alarms that are raised now.</summary>
    public void ShowAlarms()
    {
        foreach (Alarm alarm in _alarms)
            metrics.Alarms.With(alarm.MemberId.ToString("x"), AlarmNames.Of(alarm.Type)).Set(0);
        _alarms = [.. alarms.All];
        foreach (Alarm alarm in _alarms)
        {
            metrics.Alarms.With(alarm.MemberId.ToString("x"), AlarmNames.Of(alarm.Type)).Set(1);
            seams.Log.Warn("alarm raised", new LogField("alarm", AlarmNames.Of(alarm.Type)), new LogField("from", alarm.MemberId.ToString("x")));
        }
    }

    /// <summary>Shows the cluster version in force.</summary>
    public void ShowClusterVersion()
    {
        if (members.Current.ClusterVersion is not { } version)
            return;
        string text = version.ToString(2);
        if (_clusterVersion == text)
            return;
        if (_clusterVersion is { } before)
            metrics.ClusterVersion.With(before).Set(0);
        metrics.ClusterVersion.With(text).Set(1);
        if (_clusterVersion is null)
        {
            seams.Log.Info(
                "set initial cluster version",
                new LogField("cluster-id", clusterId.ToString("x")),
                new LogField("local-member-id", memberId.ToString("x")),
                new LogField("cluster-version", text));
        }
        else
        {
            seams.Log.Info(
                "updated cluster version",
                new LogField("cluster-id", clusterId.ToString("x")),
                new LogField("local-member-id", memberId.ToString("x")),
                new LogField("from", _clusterVersion),
                new LogField("to", text));
        }

        _clusterVersion = text;
        seams.Log.Info("enabled capabilities for version", new LogField("cluster-version", text));
        VersionsDue();
    }

    private void Count(InternalRaftRequest request, in ApplyOutcome outcome)
    {
        if (outcome.Response is null)
            return;
        if (request.Put is { } put)
        {
            metrics.Puts.Increment();
            metrics.PutBytes.Add(put.Key.Length + put.Value.Length);
        }
        else if (request.DeleteRange is not null)
        {
            metrics.Deletes.Add(((DeleteRangeResponse)outcome.Response).Deleted);
        }
        else if (request.Txn is not null)
        {
            CountTransaction(request.Txn, (TxnResponse)outcome.Response);
        }
        else if (request.LeaseGrant is not null)
        {
            metrics.LeaseGranted.Increment();
            metrics.LeaseTtl.Observe(((LeaseGrantResponse)outcome.Response).TTL);
        }
        else if (request.LeaseRevoke is not null)
        {
            metrics.LeaseRevoked.Increment();
        }
    }

    private void CountTransaction(TxnRequest request, TxnResponse response)
    {
        metrics.Transactions.Increment();
        foreach (RequestOp operation in response.Succeeded ? request.Success : request.Failure)
        {
            if (operation.RequestCase == RequestOp.RequestOneofCase.RequestPut)
            {
                metrics.Puts.Increment();
                metrics.PutBytes.Add(operation.RequestPut.Key.Length + operation.RequestPut.Value.Length);
            }
            else if (operation.RequestCase == RequestOp.RequestOneofCase.RequestRange)
            {
                metrics.Ranges.Increment();
            }
        }

        foreach (ResponseOp operation in response.Responses)
        {
            if (operation.ResponseCase == ResponseOp.ResponseOneofCase.ResponseDeleteRange)
                metrics.Deletes.Add(operation.ResponseDeleteRange.Deleted);
        }
    }

    private static string ResponseText(in ApplyOutcome outcome) => outcome.Response is { } response ? $"size:{response.CalculateSize()}" : "size:0";
}
