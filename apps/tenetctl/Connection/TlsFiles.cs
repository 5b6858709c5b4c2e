using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Tenet.CommandLine;

namespace Tenet.Ctl.Connection;

/// <summary>TLS as the flags ask for it.</summary>
/// <param name="Cert">The client's certificate.</param>
/// <param name="Key">Its key.</param>
/// <param name="CaCert">Who signs certificates that are believed.</param>
/// <param name="SkipVerify">Whether any certificate is believed.</param>
/// <param name="InsecureTransport">Whether endpoints without a scheme go without TLS if nothing else asks for it.</param>
/// <param name="ServerName">The name that every member's certificate must bear; empty for that of its endpoint.</param>
internal sealed record TlsFiles(string Cert, string Key, string CaCert, bool SkipVerify, bool InsecureTransport, string ServerName = "")
{
    public static TlsFiles Of(GlobalFlags flags) => new(
        NotEmpty(flags.Cert), NotEmpty(flags.Key), NotEmpty(flags.CaCert), flags.InsecureSkipTlsVerify.Value, flags.InsecureTransport.Value,
        flags.InsecureDiscovery.Value ? "" : flags.DiscoverySrv.Value);

    /// <summary>Null if nothing asks for TLS: then only endpoints with https use it.</summary>
    /// <exception cref="CommandException">A file is missing or no such thing.</exception>
    public SslClientAuthenticationOptions? Load()
    {
        if (Cert.Length == 0 && Key.Length == 0 && CaCert.Length == 0 && ServerName.Length == 0 && InsecureTransport && !SkipVerify)
            return null;
        if ((Cert.Length == 0) != (Key.Length == 0))
            throw new CommandException(ExitCode.BadArguments, $"KeyFile and CertFile must both be present[key: {Key}, cert: {Cert}]");
        foreach (string path in (ReadOnlySpan<string>)[Cert, Key, CaCert])
        {
            if (path.Length > 0 && !File.Exists(path))
                throw new CommandException(ExitCode.BadArguments, $"open {path}: no such file or directory");
        }
        SslClientAuthenticationOptions options = new() { TargetHost = ServerName };
        try
        {
            if (Cert.Length > 0)
                options.ClientCertificates = [Usable(X509Certificate2.CreateFromPemFile(Cert, Key))];
            if (CaCert.Length > 0)
                options.CertificateChainPolicy = Trusting(CaCert);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new CommandException(ExitCode.BadArguments, FileText.Problem(exception), exception);
        }
#pragma warning disable CA5359 // --insecure-skip-tls-verify asks for exactly this.
        if (SkipVerify)
            options.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        return options;
    }

    private static X509ChainPolicy Trusting(string path)
    {
        X509ChainPolicy policy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPemFile(path);
        return policy;
    }

    /// <summary>Windows cannot use a key that was only ever in memory for TLS.</summary>
    private static X509Certificate2 Usable(X509Certificate2 certificate)
    {
        if (!OperatingSystem.IsWindows())
            return certificate;
        using (certificate)
            return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
    }

    private static string NotEmpty(Flag<string> flag) =>
        flag.IsGiven && flag.Value.Length == 0 ? throw new CommandException(ExitCode.BadArguments, $"empty string is passed to --{flag.Name} option") : flag.Value;
}
