using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Tenet.Transport.Tls;

/// <summary>Whose signature counts: the certificates of a file, or those that the system trusts.</summary>
internal sealed class CertificatePool
{
    private const string ServerUsage = "1.3.6.1.5.5.7.3.1";
    private const string ClientUsage = "1.3.6.1.5.5.7.3.2";

    private readonly X509Certificate2Collection? _trusted;

    private CertificatePool(X509Certificate2Collection? trusted) => _trusted = trusted;

    /// <summary>Reads a file; no file means the system's pool.</summary>
    /// <exception cref="TlsSettingsException">The file cannot be read, or holds a block that is no certificate.</exception>
    public static CertificatePool Load(string file)
    {
        if (file.Length == 0)
            return new CertificatePool(null);
        var trusted = new X509Certificate2Collection();
        try
        {
            trusted.ImportFromPem(Encoding.UTF8.GetString(TlsFiles.Read(file)));
        }
        catch (Exception failure) when (failure is IOException or CryptographicException)
        {
            throw new TlsSettingsException(failure is IOException ? failure.Message : $"{file}: {failure.Message}", failure);
        }
        return new CertificatePool(trusted);
    }

    /// <summary>How chains are built. Nothing is fetched from anywhere.</summary>
    public X509ChainPolicy Policy(bool ofClients)
    {
        var policy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        policy.ApplicationPolicy.Add(new Oid(ofClients ? ClientUsage : ServerUsage));
        if (_trusted is not null)
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.CustomTrustStore.AddRange(_trusted);
        }
        return policy;
    }

    /// <summary>Why a chain that was built by <see cref="Policy"/> is not believed, in Go's words, or null.</summary>
    public string? Problem(X509Certificate2 leaf, X509Chain chain, DateTimeOffset now)
    {
        X509ChainStatusFlags flags = X509ChainStatusFlags.NoError;
        foreach (X509ChainStatus status in chain.ChainStatus)
            flags |= status.Status;
        // The runtime wants a chain to end at a certificate that signs itself; whoever names an intermediate as trusted means just that.
        if (EndsAtTrusted(chain))
            flags &= ~(X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.UntrustedRoot);
        if (flags == X509ChainStatusFlags.NoError)
            return null;
        if ((flags & X509ChainStatusFlags.NotTimeValid) != 0)
        {
            bool over = now > leaf.NotAfter;
            string bound = (over ? leaf.NotAfter : leaf.NotBefore).ToUniversalTime().ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture);
            return $"x509: certificate has expired or is not yet valid: current time {now.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ} is {(over ? "after" : "before")} {bound}";
        }
        if ((flags & (X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.NotSignatureValid)) != 0)
            return "x509: certificate signed by unknown authority";
        if ((flags & X509ChainStatusFlags.NotValidForUsage) != 0)
            return "x509: certificate specifies an incompatible key usage";
        return $"x509: {flags}";
    }

    private bool EndsAtTrusted(X509Chain chain)
    {
        if (_trusted is null || chain.ChainElements.Count == 0)
            return false;
        ReadOnlySpan<byte> last = chain.ChainElements[^1].Certificate.RawDataMemory.Span;
        foreach (X509Certificate2 trusted in _trusted)
        {
            if (trusted.RawDataMemory.Span.SequenceEqual(last))
                return true;
        }
        return false;
    }
}
