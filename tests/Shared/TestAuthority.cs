using System.Net;
using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Tenet.Tests;

/// <summary>Signs certificates for a test, and writes them where the test wants them.</summary>
internal sealed class TestAuthority : IDisposable
{
    private static readonly DateTimeOffset From = DateTimeOffset.UtcNow.AddDays(-10);
    private static readonly DateTimeOffset Until = DateTimeOffset.UtcNow.AddDays(10);

    // To make a key takes longer than most tests. Two pairs that an authority issues one after the other still have different ones.
    private static readonly string[] Keys = [MakeKey(), MakeKey()];

    private readonly X509Certificate2 _certificate;
    private int _issued;

    public TestAuthority(string directory, string name = "ca", TestAuthority? parent = null)
    {
        Scratch = directory;
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        _certificate = parent is null
            ? request.CreateSelfSigned(From, Until)
            : request.Create(parent._certificate, From, Until, RandomNumberGenerator.GetBytes(8)).CopyWithPrivateKey(key);
        File = Path.Combine(directory, name + ".pem");
        System.IO.File.WriteAllText(File, _certificate.ExportCertificatePem());
    }

    public string Scratch { get; }

    /// <summary>The authority's own certificate.</summary>
    public string File { get; }

    public string Pem => _certificate.ExportCertificatePem();

    /// <summary>Signs a certificate for these host names and addresses and writes it with its key.</summary>
    public TestPair Issue(string file, string commonName, params string[] hosts) => Issue(file, commonName, From.AddDays(1), Until.AddDays(-1), hosts);

    public TestPair Issue(string file, string commonName, DateTimeOffset from, DateTimeOffset until, params string[] hosts)
    {
        string keyPem = Keys[_issued++ % Keys.Length];
        using RSA key = RSA.Create();
        key.ImportFromPem(keyPem);
        var request = new CertificateRequest(commonName.Length > 0 ? $"O=tenet,CN={commonName}" : "O=tenet", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")], critical: false));
        if (hosts.Length > 0)
            request.CertificateExtensions.Add(Names(hosts));
        byte[] serial = RandomNumberGenerator.GetBytes(12);
        serial[0] = (byte)((serial[0] & 0x7F) | 0x40);
        using ECDsa signer = _certificate.GetECDsaPrivateKey()!;
        using X509Certificate2 certificate = request.Create(_certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(signer), from, until, serial);
        var pair = new TestPair(Path.Combine(Scratch, file + ".pem"), Path.Combine(Scratch, file + "-key.pem"), new BigInteger(serial, isBigEndian: true));
        System.IO.File.WriteAllText(pair.CertFile, certificate.ExportCertificatePem());
        System.IO.File.WriteAllText(pair.KeyFile, keyPem);
        return pair;
    }

    /// <summary>Writes the list of these revoked certificates, as DER.</summary>
    public string Revoke(string file, params TestPair[] revoked)
    {
        var list = new CertificateRevocationListBuilder();
        foreach (TestPair pair in revoked)
            list.AddEntry(pair.Serial.ToByteArray(isBigEndian: true));
        string path = Path.Combine(Scratch, file);
        System.IO.File.WriteAllBytes(path, list.Build(_certificate, 1, Until, HashAlgorithmName.SHA256));
        return path;
    }

    public void Dispose() => _certificate.Dispose();

    private static string MakeKey()
    {
        using RSA key = RSA.Create(2048);
        return key.ExportRSAPrivateKeyPem();
    }

    private static X509Extension Names(string[] hosts)
    {
        var names = new SubjectAlternativeNameBuilder();
        foreach (string host in hosts)
        {
            if (IPAddress.TryParse(host, out IPAddress? address))
                names.AddIpAddress(address);
            else
                names.AddDnsName(host);
        }
        return names.Build();
    }
}

/// <summary>A certificate and its key, in files.</summary>
internal sealed record TestPair(string CertFile, string KeyFile, BigInteger Serial);
