using System.Security.Authentication;

namespace Tenet.Transport.Tls;

/// <summary>Why a handshake failed, in the words that etcd's operators know from its logs.</summary>
internal static class TlsFailures
{
    public const string EndOfFile = "EOF";

    public static string Text(Exception failure)
    {
        if (failure is TlsSettingsException or FileNotFoundException)
            return failure.Message;
        if (failure.Message.Contains("unexpected EOF", StringComparison.Ordinal) || failure is OperationCanceledException or EndOfStreamException)
            return EndOfFile;
        // The runtime reads the first bytes as the head of a record, whatever they are.
        if (failure.Message.Contains("frame size", StringComparison.Ordinal) || failure.Message.Contains("frame was received", StringComparison.Ordinal))
            return "tls: first record does not look like a TLS handshake";
        return failure is AuthenticationException && failure.InnerException is { } inner ? $"tls: {inner.GetBaseException().Message}" : failure.Message;
    }
}
