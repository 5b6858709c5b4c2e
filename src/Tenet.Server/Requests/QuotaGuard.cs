using Tenet.Foundation.Logging;
using Tenet.Foundation.Text;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.State.Apply;

namespace Tenet.Server.Requests;

/// <summary>
/// Refuses what would grow the backend beyond its quota, before anything else is looked at, and raises the alarm that makes every member
/// refuse (contract/api.md, 2.6).
/// </summary>
internal sealed class QuotaGuard(MemberSeams seams, ulong memberId, Quota quota, RequestPath requests)
{
    /// <summary>Completes if a request of this cost fits. What costs nothing always does.</summary>
    /// <exception cref="RefusalException">It does not; the alarm is raised by then, if it can be.</exception>
    public ValueTask RequireAsync(long cost) => quota.Allows(cost) ? default : RefuseAsync();

    /// <summary>Raises this member's NOSPACE alarm.</summary>
    public async Task RaiseAsync()
    {
        seams.Log.Warn(
            "message exceeded backend quota; raising alarm",
            new LogField("quota-size-bytes", quota.Bytes),
            new LogField("quota-size", ByteCounts.Format(quota.Bytes)));
        var alarm = new AlarmRequest { Action = AlarmRequest.Types.AlarmAction.Activate, MemberID = memberId, Alarm = AlarmType.Nospace };
        RequestResult result = await requests.SubmitAsync(new InternalRaftRequest { Alarm = alarm }, null);
        if (result.Error is { } error)
            seams.Log.Warn("failed to raise alarm", new LogField("error", error.Message));
    }

    private async ValueTask RefuseAsync()
    {
        await RaiseAsync();
        throw EtcdErrors.NoSpace.ToException();
    }
}
