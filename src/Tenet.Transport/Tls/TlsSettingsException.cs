namespace Tenet.Transport.Tls;

/// <summary>TLS settings contradict each other, or name a file that does not serve. The message is etcd's where etcd has one.</summary>
public sealed class TlsSettingsException : Exception
{
    /// <summary>Says what is wrong.</summary>
    public TlsSettingsException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
