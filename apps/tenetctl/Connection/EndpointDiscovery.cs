using Tenet.CommandLine;

namespace Tenet.Ctl.Connection;

/// <summary>Endpoints that the DNS knows (<c>--discovery-srv</c>).</summary>
internal static class EndpointDiscovery
{
    /// <summary>Null if no domain was named, or if it has no endpoints.</summary>
    public static IReadOnlyList<string>? Find(GlobalFlags flags, CommandConsole console) => null;
}
