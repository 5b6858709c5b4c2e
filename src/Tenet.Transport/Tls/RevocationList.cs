using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Text;

namespace Tenet.Transport.Tls;

/// <summary>The serial numbers, in hexadecimal, of a certificate revocation list (RFC 5280, 5.1). Whoever names the file vouches for it: no signature is checked, as in etcd.</summary>
internal static class RevocationList
{
    /// <summary>Reads a list, which may be PEM or DER.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="TlsSettingsException">It holds no list.</exception>
    public static HashSet<string> Load(string file)
    {
        byte[] bytes = TlsFiles.Read(file);
        string text = Encoding.Latin1.GetString(bytes);
        if (PemEncoding.TryFind(text, out PemFields block))
            bytes = Convert.FromBase64String(text[block.Base64Data]);
        try
        {
            return Serials(new AsnReader(bytes, AsnEncodingRules.DER));
        }
        catch (AsnContentException failure)
        {
            throw new TlsSettingsException($"{file}: x509: malformed crl", failure);
        }
    }

    private static HashSet<string> Serials(AsnReader file)
    {
        AsnReader list = file.ReadSequence().ReadSequence();
        if (list.PeekTag() == Asn1Tag.Integer)
            list.ReadInteger();
        list.ReadSequence(); // the algorithm
        list.ReadSequence(); // the issuer
        ReadTime(list);
        var serials = new HashSet<string>(StringComparer.Ordinal);
        if (list.HasData && IsTime(list))
            ReadTime(list);
        if (!list.HasData || list.PeekTag() != Asn1Tag.Sequence)
            return serials;
        for (AsnReader entries = list.ReadSequence(); entries.HasData;)
            serials.Add(Convert.ToHexString(entries.ReadSequence().ReadIntegerBytes().Span));
        return serials;
    }

    private static bool IsTime(AsnReader reader) => reader.PeekTag() is var tag && (tag == Asn1Tag.UtcTime || tag == Asn1Tag.GeneralizedTime);

    private static void ReadTime(AsnReader reader) => reader.ReadEncodedValue();
}
