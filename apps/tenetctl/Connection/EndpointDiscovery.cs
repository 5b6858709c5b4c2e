using System.Globalization;
using Tenet.Client.Discovery;
using Tenet.CommandLine;

namespace Tenet.Ctl.Connection;

/// <summary>Endpoints that DNS knows: SRV records of the domain that the flags name.</summary>
internal static class EndpointDiscovery
{
    /// <summary>The members' endpoints; none without a domain, or if all are insecure and only secure ones are wanted.</summary>
    /// <exception cref="CommandException">The domain has no such records.</exception>
    public static async Task<IReadOnlyList<string>> FindAsync(GlobalFlags flags, Invocation invocation)
    {
        if (flags.DiscoverySrv.Value.Length == 0)
            return [];
        ClusterServices services;
        try
        {
            services = await flags.Records().FindClusterAsync(flags.DiscoverySrv.Value, flags.DiscoverySrvName.Value, invocation.Cancellation);
        }
        catch (IOException exception)
        {
            throw new CommandException(ExitCode.Error, exception.Message, exception);
        }
        IEnumerable<string> secure = services.Secure.Select(static service => Url("https", service));
        IEnumerable<string> plain = services.Plain.Select(static service => Url("http", service));
        if (flags.InsecureDiscovery.Value)
            return [.. secure, .. plain];
        foreach (string url in plain)
            invocation.Console.Error.Line($"ignoring discovered insecure endpoint \"{url}\"");
        return [.. secure];
    }

    /// <summary>With the dot that ends a name in DNS, as etcdctl shows it.</summary>
    private static string Url(string scheme, DnsService service) => string.Create(CultureInfo.InvariantCulture, $"{scheme}://{service.Target}:{service.Port}");
}
