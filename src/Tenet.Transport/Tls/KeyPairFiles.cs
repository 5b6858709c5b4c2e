using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Tenet.Transport.Tls;

/// <summary>
/// A certificate and its key, in two files that may be exchanged at any time: they are read for every handshake, and understood again only
/// when their bytes have changed.
/// </summary>
internal sealed class KeyPairFiles(string certFile, string keyFile)
{
    private Loaded? _loaded;

    public string CertFile => certFile;

    public string KeyFile => keyFile;

    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="TlsSettingsException">They hold no certificate and key that belong together.</exception>
    public SslStreamCertificateContext Load()
    {
        byte[] certificate = TlsFiles.Read(certFile);
        byte[] key = TlsFiles.Read(keyFile);
        if (Volatile.Read(ref _loaded) is { } loaded && loaded.Certificate.AsSpan().SequenceEqual(certificate) && loaded.Key.AsSpan().SequenceEqual(key))
            return loaded.Context;
        SslStreamCertificateContext context = Understand(certificate, key);
        // What was loaded before may be in use by a handshake; it goes when that ends.
        Volatile.Write(ref _loaded, new Loaded(certificate, key, context));
        return context;
    }

    private static SslStreamCertificateContext Understand(byte[] certificate, byte[] key)
    {
        string certificateText = Encoding.UTF8.GetString(certificate);
        string keyText = Encoding.UTF8.GetString(key);
        if (!PemEncoding.TryFind(certificateText, out _))
            throw new TlsSettingsException("tls: failed to find any PEM data in certificate input");
        if (!PemEncoding.TryFind(keyText, out _))
            throw new TlsSettingsException("tls: failed to find any PEM data in key input");
        try
        {
            var chain = new X509Certificate2Collection();
            chain.ImportFromPem(certificateText);
            X509Certificate2 leaf = X509Certificate2.CreateFromPem(certificateText, keyText);
            if (chain.Count > 0)
                chain.RemoveAt(0);
            return SslStreamCertificateContext.Create(leaf, chain, offline: true);
        }
        catch (Exception failure) when (failure is ArgumentException or CryptographicException)
        {
            // The runtime has no kind of error for the one mistake that is made most.
            bool strangers = failure is ArgumentException || failure.InnerException is ArgumentException || failure.Message.Contains("match", StringComparison.Ordinal);
            throw new TlsSettingsException(strangers ? "tls: private key does not match public key" : $"tls: failed to parse certificate or private key: {failure.Message}", failure);
        }
    }

    private sealed record Loaded(byte[] Certificate, byte[] Key, SslStreamCertificateContext Context);
}
