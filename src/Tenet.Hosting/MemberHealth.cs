using Tenet.Protocol.Etcdserverpb;
using Tenet.Rpc.Http;
using Tenet.Server;
using Member = Tenet.Server.Member;

namespace Tenet.Hosting;

/// <summary>Answers the health pages from the member.</summary>
internal sealed class MemberHealth(Member member) : IMemberHealth
{
    public IReadOnlyList<AlarmType> Alarms => member.Status.Alarms;

    public bool HasLeader => member.Status.Leader != 0;

    public bool IsLearner => member.Status.IsLearner;

    public ValueTask<string?> ProbeReadAsync(bool serializable, CancellationToken cancellation) => member.ProbeReadAsync(serializable, cancellation);
}

/// <summary>Answers the version page from the member.</summary>
internal sealed class MemberVersions(Member member) : IMemberVersions
{
    public string Server => MemberOptions.ServerVersion;

    public string? Cluster => member.Status.ClusterVersion;

    public string? Storage => member.Status.StorageVersion;
}
