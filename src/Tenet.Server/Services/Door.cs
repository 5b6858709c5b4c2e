using Google.Protobuf;
using Tenet.Protocol.Calls;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Server.Observability;

namespace Tenet.Server.Services;

/// <summary>What every call passes before its service is asked: the checks 2 to 5 of contract/api.md, 2.1, in their order.</summary>
internal sealed class Door(MemberCore core, LeaderWatch leaderWatch)
{
    private const string ApiVersionHeader = "client-api-version";
    private const string LeaderHeader = "hasleader";

    /// <summary>A unary handler behind the checks.</summary>
    public Func<TRequest, CallContext, ValueTask<TResponse>> Unary<TRequest, TResponse>(Func<TRequest, CallContext, ValueTask<TResponse>> handler)
        where TRequest : class, IMessage
        where TResponse : class =>
        async (request, context) =>
        {
            Enter(context, "unary", request is StatusRequest or RangeRequest { Serializable: true });
            RequireLeader(context);
            long startedAt = core.Clock.GetTimestamp();
            TResponse response = await handler(request, context);
            TimeSpan took = core.Clock.GetElapsedTime(startedAt);
            if (took > core.Options.WarningUnaryRequestDuration)
                RequestStatistics.Log(core, context, took, request, response);
            return response;
        };

    /// <summary>A streaming handler behind the checks.</summary>
    public async Task Stream(CallContext context, bool allowedForLearner, Func<CallContext, Task> handler)
    {
        Enter(context, "stream", allowedForLearner);
        if (!RequireLeader(context))
        {
            await handler(context);
            return;
        }

        using LeaderWatch.Condition condition = leaderWatch.Open(context.Cancellation);
        try
        {
            await handler(new ConditionalCallContext(context, condition.Token));
        }
        catch (Exception) when (condition.IsLost)
        {
            throw EtcdErrors.NoLeader.ToException();
        }
    }

    private void Enter(CallContext context, string type, bool allowedForLearner)
    {
        if (core.State.Stopping)
            throw EtcdErrors.Stopped.ToException();
        if (core.Members.Current.ClusterVersion is null)
            throw EtcdErrors.NotCapable.ToException();
        if (!allowedForLearner && core.Members.Current.Find(core.MemberId) is { IsLearner: true })
            throw EtcdErrors.NotSupportedForLearner.ToException();

        string version = context.RequestHeader(ApiVersionHeader) ?? "unknown";
        if (version.Contains('\uFFFD', StringComparison.Ordinal))
            throw EtcdErrors.InvalidClientApiVersion.ToException();
        core.Metrics.ClientRequests.With(type, version).Increment();
    }

    /// <returns>Whether the caller made a leader its condition.</returns>
    private bool RequireLeader(CallContext context)
    {
        if (context.RequestHeader(LeaderHeader) != "true")
            return false;
        return core.State.Lead != 0 ? true : throw EtcdErrors.NoLeader.ToException();
    }
}
