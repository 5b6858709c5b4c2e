using System.Reflection;
using Xunit.Sdk;

namespace Tenet.Client.Tests.Servers;

/// <summary>The test runs against a Tenet member.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class OnTenetAttribute : DataAttribute
{
    public override IEnumerable<object[]> GetData(MethodInfo testMethod) => [[ServerKind.Tenet]];
}
