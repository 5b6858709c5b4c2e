namespace Tenet.Interop.Tests.Clusters;

/// <summary>A case that takes its time and adds little to those beside it: it runs with <c>./dev cluster</c>, not with every build.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class ThoroughDataAttribute : Xunit.Sdk.DataAttribute
{
    private readonly object[] _data;

    public ThoroughDataAttribute(params object[] data)
    {
        _data = data;
        Skip = Environment.GetEnvironmentVariable("TENET_CLUSTER_ROUNDS") is null ? "runs with ./dev cluster" : null;
    }

    public override IEnumerable<object[]> GetData(System.Reflection.MethodInfo testMethod) => [_data];
}
