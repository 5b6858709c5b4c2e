using System.Reflection;
using Tenet.Tests;
using Xunit.Sdk;

namespace Tenet.Client.Tests.Servers;

/// <summary>The test runs against real etcd, where it is present.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class OnEtcdAttribute : DataAttribute
{
    public OnEtcdAttribute() => Skip = EtcdPrograms.Missing(EtcdPrograms.New("etcd"));

    public override IEnumerable<object[]> GetData(MethodInfo testMethod) => [[ServerKind.Etcd]];
}
