using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Tenet.Foundation.Logging;

namespace Tenet.Transport.Tls;

/// <summary>A certificate that a member signs itself (contract/api.md, 6.2: auto-tls): made once, then found again in its directory.</summary>
public static class SelfSignedPair
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const int SerialBytes = 16;

    /// <summary>Finds the pair, or makes it.</summary>
    /// <param name="directory">Where it lies.</param>
    /// <param name="hosts">The hosts that it is made out to.</param>
    /// <param name="years">How long it is valid, in years of 365 days.</param>
    /// <param name="log">Told of what is made.</param>
    /// <returns>Settings with the pair for both directions; whoever dials then believes any certificate, as nobody could know them.</returns>
    /// <exception cref="TlsSettingsException">It cannot be made.</exception>
    public static TlsSettings Ensure(string directory, IEnumerable<string> hosts, ulong years, ILog log)
    {
        if (years == 0)
            throw new TlsSettingsException("selfSignedCertValidity is invalid,it should be greater than 0");
        string certFile = Path.GetFullPath(Path.Combine(directory, "cert.pem"));
        string keyFile = Path.GetFullPath(Path.Combine(directory, "key.pem"));
        try
        {
            if (!File.Exists(certFile) || !File.Exists(keyFile))
                Make(directory, certFile, keyFile, hosts, years, log);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new TlsSettingsException(failure.Message, failure);
        }
        return new TlsSettings { CertFile = certFile, KeyFile = keyFile, ClientCertFile = certFile, ClientKeyFile = keyFile, SkipServerVerification = true };
    }

    private static void Make(string directory, string certFile, string keyFile, IEnumerable<string> hosts, ulong years, ILog log)
    {
        CreateDirectory(directory);
        DateTimeOffset from = DateTimeOffset.UtcNow;
        DateTimeOffset until = from.AddDays(Math.Min(years, 7000) * 365d);
        log.Warn("automatically generate certificates", new LogField("certificate-validity-bound-not-after", until.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture)));
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP521);
        var request = new CertificateRequest("O=etcd", key, HashAlgorithmName.SHA512);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyEncipherment | X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        AddNames(request, hosts);
        byte[] serial = RandomNumberGenerator.GetBytes(SerialBytes);
        // A positive number without leading zeros.
        serial[0] = (byte)((serial[0] & 0x7F) | 0x40);
        using X509Certificate2 certificate = request.Create(request.SubjectName, X509SignatureGenerator.CreateForECDsa(key), from, until, serial);

        File.WriteAllText(certFile, certificate.ExportCertificatePem() + "\n");
        log.Info("created cert file", new LogField("path", certFile));
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerOnly;
        using (StreamWriter text = new(keyFile, options))
            text.WriteLine(key.ExportECPrivateKeyPem());
        log.Info("created key file", new LogField("path", keyFile));
    }

    private static void CreateDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(path);
        else
            Directory.CreateDirectory(path, OwnerOnly | UnixFileMode.UserExecute);
    }

    private static void AddNames(CertificateRequest request, IEnumerable<string> hosts)
    {
        var names = new SubjectAlternativeNameBuilder();
        bool any = false;
        foreach (string host in hosts.Distinct(StringComparer.Ordinal))
        {
            if (IPAddress.TryParse(host, out IPAddress? address))
                names.AddIpAddress(address);
            else if (Uri.CheckHostName(host) == UriHostNameType.Dns)
                names.AddDnsName(host);
            else
                continue;
            any = true;
        }
        if (any)
            request.CertificateExtensions.Add(names.Build());
    }
}
