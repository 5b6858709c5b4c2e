using Tenet.Foundation.Files;
using Tenet.Foundation.Logging;
using Tenet.Server;
using Tenet.Transport.Tls;

namespace Tenet.Hosting;

/// <summary>From what a member is told of TLS to what its doors use.</summary>
internal static class DoorTls
{
    /// <summary>The peers' settings, with the pair that the member signs itself if it is to.</summary>
    public static TlsSettings OfPeers(TenetOptions options, ILog log)
    {
        TlsSettings given = options.PeerTls;
        if (options.PeerAutoTls && !given.IsEmpty)
            log.Warn("ignoring peer auto TLS since certs given");
        else if (options.PeerAutoTls)
            given = SelfSigned(options, given, "peer", options.ListenPeerUrls, log);
        // Founders that SRV records name show certificates that are made out to the domain, unless a file says whom to believe (as etcd does).
        MemberOptions member = options.Member;
        if (member.DiscoverySrv.Length > 0 && given.TrustedCaFile.Length == 0 && !Directory.Exists(member.EffectiveWalDirectory))
            given = given with { ServerName = member.DiscoverySrv };
        Announce("starting with peer TLS", given, log);
        return given;
    }

    /// <summary>The clients' settings, likewise.</summary>
    public static TlsSettings OfClients(TenetOptions options, ILog log)
    {
        TlsSettings given = options.ClientTls;
        if (!options.ClientAutoTls)
            return given;
        if (given.IsEmpty)
            return SelfSigned(options, given, "client", options.ListenClientUrls.Concat(options.ListenClientHttpUrls), log);
        log.Warn("ignoring client auto TLS since certs given");
        return given;
    }

    /// <summary>Says that TLS is spoken, if it is.</summary>
    public static void Announce(string text, TlsSettings settings, ILog log)
    {
        if (!settings.IsEmpty)
            log.Info(text, new("tls-info", settings.ToString()), new("cipher-suites", settings.CipherSuites));
    }

    /// <summary>Does what needs TLS settings, and says of bad ones that the member cannot start.</summary>
    public static T Start<T>(Func<T> with)
    {
        try
        {
            return with();
        }
        catch (TlsSettingsException problem)
        {
            throw new MemberStartException(problem.Message, problem);
        }
    }

    private static TlsSettings SelfSigned(TenetOptions options, TlsSettings given, string which, IEnumerable<EtcdUrl> urls, ILog log) => Start(() =>
    {
        string directory = Path.Combine(options.Member.DataDirectory, "fixtures", which);
        DurableDirectory.Create(OsFileSystem.Instance, options.Member.DataDirectory);
        return SelfSignedPair.Ensure(directory, urls.Where(static url => !url.IsSocketFile).Select(static url => url.Host), options.SelfSignedCertValidity, log) with
        {
            CipherSuites = given.CipherSuites,
            MinVersion = given.MinVersion,
            MaxVersion = given.MaxVersion,
        };
    });
}
