using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.IdentityModel.Tokens;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Security;
using Tenet.Foundation.Files;
using Tenet.Foundation.Logging;

namespace Tenet.Server.Auth;

/// <summary>What <c>--auth-token jwt,…</c> says: the signing method, its keys, and how long a token counts.</summary>
/// <param name="Method">The method's name, as in a token's header.</param>
/// <param name="Key">Verifies, and signs if <paramref name="CanSign"/>.</param>
/// <param name="CanSign">Whether there is a private key.</param>
/// <param name="Life">From login to expiry.</param>
internal sealed record JwtOptions(string Method, SecurityKey Key, bool CanSign, TimeSpan Life)
{
    private const string MethodOption = "sign-method";
    private const string PublicKeyOption = "pub-key";
    private const string PrivateKeyOption = "priv-key";
    private const string LifeOption = "ttl";

    private static readonly TimeSpan DefaultLife = TimeSpan.FromMinutes(5);

    /// <exception cref="MemberStartException">They cannot be used; with etcd's words where it has some.</exception>
    public static JwtOptions Read(IReadOnlyDictionary<string, string> options, IFileSystem files, ILog log)
    {
        foreach (string name in options.Keys)
        {
            if (name is not (MethodOption or PublicKeyOption or PrivateKeyOption or LifeOption))
                log.Warn("unknown JWT options", new LogField("keys", name));
        }

        TimeSpan life = DefaultLife;
        if (options.GetValueOrDefault(LifeOption) is { Length: > 0 } text && !GoDurationReader.TryParse(text, out life, out string problem))
            throw TokenOptions.Invalid(log, problem);
        byte[] publicKey = ReadFile(options.GetValueOrDefault(PublicKeyOption), files, log);
        byte[] privateKey = ReadFile(options.GetValueOrDefault(PrivateKeyOption), files, log);
        string method = options.GetValueOrDefault(MethodOption, "");
        try
        {
            (SecurityKey key, bool canSign) = method switch
            {
                "HS256" or "HS384" or "HS512" => (SharedKey(privateKey), true),
                "RS256" or "RS384" or "RS512" or "PS256" or "PS384" or "PS512" => RsaKeys(publicKey, privateKey),
                "ES256" or "ES384" or "ES512" => EllipticKeys(publicKey, privateKey),
                "EdDSA" => EdwardsKeys(publicKey, privateKey),
                "none" => throw new MemberStartException("auth: unsupported signing method: none"),
                _ => throw TokenOptions.Invalid(log, "auth: invalid auth signature method"),
            };
            return new JwtOptions(method, key, canSign, life);
        }
        catch (Exception failure) when (failure is CryptographicException or ArgumentException or IOException)
        {
            throw new MemberStartException($"auth: a key of {method} cannot be read: {failure.Message}", failure);
        }
    }

    /// <summary>The hash fills a shorter key up with zeros itself; done here, short keys pass, as they do in etcd.</summary>
    private static SymmetricSecurityKey SharedKey(byte[] key)
    {
        const int LongestBlock = 64;
        if (key.Length == 0)
            throw MissingKey();
        return new SymmetricSecurityKey(key.Length >= LongestBlock ? key : [.. key, .. new byte[LongestBlock - key.Length]]);
    }

    private static (SecurityKey Key, bool CanSign) RsaKeys(byte[] publicKey, byte[] privateKey)
    {
        RSA? signer = privateKey.Length == 0 ? null : FromPem(RSA.Create(), privateKey);
        RSA? verifier = publicKey.Length == 0 ? null : Certificate(publicKey)?.GetRSAPublicKey() ?? FromPem(RSA.Create(), publicKey);
        if (signer is not null && verifier is not null && !signer.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(verifier.ExportSubjectPublicKeyInfo()))
            throw Mismatch();
        return (new RsaSecurityKey(signer ?? verifier ?? throw MissingKey()), signer is not null);
    }

    private static (SecurityKey Key, bool CanSign) EllipticKeys(byte[] publicKey, byte[] privateKey)
    {
        ECDsa? signer = privateKey.Length == 0 ? null : FromPem(ECDsa.Create(), privateKey);
        ECDsa? verifier = publicKey.Length == 0 ? null : Certificate(publicKey)?.GetECDsaPublicKey() ?? FromPem(ECDsa.Create(), publicKey);
        if (signer is not null && verifier is not null && !signer.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(verifier.ExportSubjectPublicKeyInfo()))
            throw Mismatch();
        return (new ECDsaSecurityKey(signer ?? verifier ?? throw MissingKey()), signer is not null);
    }

    private static (SecurityKey Key, bool CanSign) EdwardsKeys(byte[] publicKey, byte[] privateKey)
    {
        AsymmetricKeyParameter? signer = privateKey.Length == 0 ? null : PrivateKeyFactory.CreateKey(Pem("PRIVATE KEY", privateKey));
        AsymmetricKeyParameter? verifier = publicKey.Length == 0 ? null : PublicKeyFactory.CreateKey(Pem("PUBLIC KEY", publicKey));
        if (signer is not (null or Ed25519PrivateKeyParameters) || verifier is not (null or Ed25519PublicKeyParameters))
            throw new CryptographicException("not a key of Ed25519");
        Ed25519PublicKeyParameters? derived = (signer as Ed25519PrivateKeyParameters)?.GeneratePublicKey();
        if (derived is not null && verifier is Ed25519PublicKeyParameters given && !derived.GetEncoded().AsSpan().SequenceEqual(given.GetEncoded()))
            throw Mismatch();
        return (new EdwardsKey((Ed25519PrivateKeyParameters?)signer, derived ?? (Ed25519PublicKeyParameters?)verifier ?? throw MissingKey()), signer is not null);
    }

    /// <summary>The bytes of the one block of a PEM file, which must be of that kind.</summary>
    private static byte[] Pem(string label, byte[] file)
    {
        string text = Encoding.UTF8.GetString(file);
        PemFields fields = PemEncoding.Find(text);
        return text[fields.Label] == label ? Convert.FromBase64String(text[fields.Base64Data]) : throw new CryptographicException($"no block {label}");
    }

    private static T FromPem<T>(T key, byte[] pem)
        where T : AsymmetricAlgorithm
    {
        key.ImportFromPem(Encoding.UTF8.GetString(pem));
        return key;
    }

    private static X509Certificate2? Certificate(byte[] pem)
    {
        string text = Encoding.UTF8.GetString(pem);
        return text.Contains("BEGIN CERTIFICATE", StringComparison.Ordinal) ? X509Certificate2.CreateFromPem(text) : null;
    }

    private static byte[] ReadFile(string? path, IFileSystem files, ILog log)
    {
        if (string.IsNullOrEmpty(path))
            return [];
        try
        {
            using IFile file = files.Open(path, FileOpenMode.Existing, FileAccess.Read);
            byte[] content = new byte[file.Length];
            return content[..file.Read(content, 0)];
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw TokenOptions.Invalid(log, failure.Message);
        }
    }

    private static MemberStartException MissingKey() => new("auth: missing key data");

    private static MemberStartException Mismatch() => new("auth: public and private keys don't match");
}
