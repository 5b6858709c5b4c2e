using Microsoft.IdentityModel.Tokens;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Math.EC.Rfc8032;

namespace Tenet.Server.Auth;

/// <summary>A key of EdDSA over the curve of Ed25519, which .NET does not have, as tokens are signed and verified with.</summary>
internal sealed class EdwardsKey : SecurityKey
{
    private readonly Ed25519PrivateKeyParameters? _signer;
    private readonly Ed25519PublicKeyParameters _verifier;

    public EdwardsKey(Ed25519PrivateKeyParameters? signer, Ed25519PublicKeyParameters verifier)
    {
        _signer = signer;
        _verifier = verifier;
        CryptoProviderFactory = new CryptoProviderFactory { CustomCryptoProvider = new Provider() };
    }

    /// <summary>The method's name in a token's header.</summary>
    public static string Method => "EdDSA";

    public override int KeySize => 8 * Ed25519PublicKeyParameters.KeySize;

    private byte[] Sign(ReadOnlySpan<byte> input)
    {
        if (_signer is null)
            throw new InvalidOperationException("the key verifies only");
        byte[] message = input.ToArray();
        byte[] signature = new byte[Ed25519.SignatureSize];
        _signer.Sign(Ed25519.Algorithm.Ed25519, null, message, 0, message.Length, signature, 0);
        return signature;
    }

    private bool Verify(byte[] input, int offset, int length, ReadOnlySpan<byte> signature) =>
        signature.Length == Ed25519.SignatureSize && _verifier.Verify(Ed25519.Algorithm.Ed25519, null, input, offset, length, signature.ToArray(), 0);

    private sealed class Provider : ICryptoProvider
    {
        public bool IsSupportedAlgorithm(string algorithm, params object[] args) => algorithm == Method && args is [EdwardsKey, ..];

        public object Create(string algorithm, params object[] args) => new Signatures((EdwardsKey)args[0]);

        public void Release(object cryptoInstance) => (cryptoInstance as IDisposable)?.Dispose();
    }

    private sealed class Signatures(EdwardsKey key) : SignatureProvider(key, Method)
    {
        public override byte[] Sign(byte[] input) => key.Sign(input);

        public override byte[] Sign(byte[] input, int offset, int count) => key.Sign(input.AsSpan(offset, count));

        public override bool Sign(ReadOnlySpan<byte> data, Span<byte> destination, out int bytesWritten)
        {
            byte[] signature = key.Sign(data);
            bytesWritten = signature.AsSpan().TryCopyTo(destination) ? signature.Length : 0;
            return bytesWritten > 0;
        }

        public override bool Verify(byte[] input, byte[] signature) => key.Verify(input, 0, input.Length, signature);

        public override bool Verify(byte[] input, int inputOffset, int inputLength, byte[] signature, int signatureOffset, int signatureLength) =>
            key.Verify(input, inputOffset, inputLength, signature.AsSpan(signatureOffset, signatureLength));

        protected override void Dispose(bool disposing)
        {
            // The key belongs to whoever made it.
        }
    }
}
