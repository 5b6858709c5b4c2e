using System.Security.Cryptography;
using System.Text;
using Tenet.CommandLine;

namespace Tenet.Utl;

/// <summary>Bytes for people to read, in the forms that bbolt's commands offer.</summary>
internal static class ByteText
{
    public const string Formats = "auto|ascii-encoded|hex|bytes|redacted";

    /// <summary>The bytes in one of the formats.</summary>
    /// <exception cref="UtlException">There is no such format.</exception>
    public static string Format(ReadOnlySpan<byte> bytes, string format) => format switch
    {
        "ascii-encoded" => GoQuote.Bytes(bytes),
        "hex" => Convert.ToHexStringLower(bytes),
        "bytes" => RawText.Decode(bytes),
        "auto" => IsPrintable(bytes) ? Encoding.UTF8.GetString(bytes) : Convert.ToHexStringLower(bytes),
        "redacted" => $"<redacted len:{bytes.Length} sha256:{Convert.ToHexStringLower(SHA256.HashData(bytes))}>",
        _ => throw new UtlException($"formatBytes: unsupported format: {format}"),
    };

    /// <summary>The bytes that a text stands for.</summary>
    /// <exception cref="UtlException">It stands for none in this format.</exception>
    public static byte[] Parse(string text, string format)
    {
        switch (format)
        {
            case "ascii-encoded":
                return RawText.Encode(text);
            case "hex":
                try
                {
                    return Convert.FromHexString(text);
                }
                catch (FormatException malformed)
                {
                    throw new UtlException($"encoding/hex: invalid hexadecimal: {text}", malformed);
                }

            default:
                throw new UtlException($"parseBytes: unsupported format: {format}");
        }
    }

    /// <summary>Whether this is text that a terminal shows as it is.</summary>
    public static bool IsPrintable(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(bytes, out Rune rune, out int length) != System.Buffers.OperationStatus.Done || !GoQuote.IsPrintable(rune))
                return false;
            bytes = bytes[length..];
        }

        return true;
    }
}
