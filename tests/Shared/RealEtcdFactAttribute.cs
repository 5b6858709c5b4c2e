namespace Tenet.Tests;

/// <summary>A test that needs the programs of etcd 3.5.30; skipped where they are not.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RealEtcdFactAttribute : FactAttribute
{
    public RealEtcdFactAttribute() => Skip = EtcdPrograms.Missing(EtcdPrograms.New("etcd"), EtcdPrograms.New("etcdctl"), EtcdPrograms.New("etcdutl"));
}
