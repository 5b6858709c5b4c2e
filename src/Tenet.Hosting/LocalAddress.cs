using System.Net;
using Tenet.Foundation.Logging;
using Tenet.Server;

namespace Tenet.Hosting;

/// <summary>From which of its addresses a member speaks to the others, where the feature gate SetMemberLocalAddr asks for one that they know.</summary>
internal static class LocalAddress
{
    /// <summary>The first address among the advertised peer URLs that is neither a name, nor the loopback, nor any; null leaves the choice to the system.</summary>
    public static IPAddress? Infer(TenetOptions options, ILog log)
    {
        if (!options.SetMemberLocalAddress)
            return null;
        LogField urls = new("advertise-peer-urls", options.Member.AdvertisePeerUrls);
        log.Info("searching for a suitable member local address in AdvertisePeerURLs", urls);
        foreach (string url in options.Member.AdvertisePeerUrls)
        {
            if (!IPAddress.TryParse(EtcdUrl.Parse(url).Host.Trim('[', ']'), out IPAddress? address) || IPAddress.IsLoopback(address)
                || address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any))
            {
                continue;
            }

            log.Info("setting member local address", new LogField("LocalAddr", address.ToString()));
            return address;
        }

        log.Warn("unable to set a member local address due to lack of suitable local addresses", urls);
        return null;
    }
}
