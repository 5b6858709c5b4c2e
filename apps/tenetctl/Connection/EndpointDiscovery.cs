using Tenet.CommandLine;

namespace Tenet.Ctl.Connection;

/// <summary>Endpoints that the DNS knows: a domain is refused, for asking the DNS is not served; never is it passed over in silence.</summary>
internal static class EndpointDiscovery
{
    /// <exception cref="CommandException">A domain was named.</exception>
    public static void Check(GlobalFlags flags)
    {
        if (flags.DiscoverySrv.Value.Length > 0)
            throw new CommandException(ExitCode.BadFeature, "--discovery-srv is not served; name the endpoints with --endpoints");
    }
}
