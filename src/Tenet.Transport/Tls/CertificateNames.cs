using System.Security.Cryptography.X509Certificates;

namespace Tenet.Transport.Tls;

/// <summary>The names in a certificate, read as Go reads them.</summary>
internal static class CertificateNames
{
    public const string NotAllowed = "client certificate authentication failed";

    private const string CommonNameOid = "2.5.4.3";

    /// <summary>The common name of the subject (the last, if there are several), or nothing.</summary>
    public static string CommonName(X509Certificate2 certificate)
    {
        string name = "";
        foreach (X500RelativeDistinguishedName part in certificate.SubjectName.EnumerateRelativeDistinguishedNames(reversed: false))
        {
            if (!part.HasMultipleElements && part.GetSingleElementType().Value == CommonNameOid)
                name = part.GetSingleElementValue() ?? "";
        }
        return name;
    }

    /// <summary>Whether it is made out to a host name or address. A common name does not count.</summary>
    public static bool IsFor(X509Certificate2 certificate, string host)
    {
        try
        {
            return certificate.MatchesHostname(host, allowWildcards: true, allowCommonName: false);
        }
        catch (ArgumentException)
        {
            // No host name at all.
            return false;
        }
    }

    /// <summary>Whether a verified certificate has one of the names that the settings demand.</summary>
    public static bool IsAllowed(TlsSettings settings, X509Certificate2 certificate)
    {
        if (settings.AllowedCommonNames.Count > 0)
            return settings.AllowedCommonNames.Contains(CommonName(certificate));
        return settings.AllowedHostnames.Count == 0 || settings.AllowedHostnames.Any(host => IsFor(certificate, host));
    }
}
