namespace Tenet.Transport.Tls;

/// <summary>What can be known of settings before the first handshake.</summary>
internal static class TlsChecks
{
    /// <exception cref="TlsSettingsException">No handshake could succeed.</exception>
    public static void Check(TlsSettings settings)
    {
        if (settings.CertFile.Length == 0 || settings.KeyFile.Length == 0)
            throw new TlsSettingsException($"KeyFile and CertFile must both be present[key: {settings.KeyFile}, cert: {settings.CertFile}]");
        Load(settings.CertFile, settings.KeyFile);
        if ((settings.ClientCertFile.Length == 0) != (settings.ClientKeyFile.Length == 0))
            throw new TlsSettingsException($"ClientKeyFile and ClientCertFile must both be present or both absent: key: {settings.ClientKeyFile}, cert: {settings.ClientCertFile}]");
        if (settings.ClientCertFile.Length > 0)
            Load(settings.ClientCertFile, settings.ClientKeyFile);
        if (settings.AllowedCommonNames.Count > 0 && settings.AllowedHostnames.Count > 0)
            throw new TlsSettingsException($"AllowedCNs and AllowedHostnames are mutually exclusive (cns={List(settings.AllowedCommonNames)}, hostnames={List(settings.AllowedHostnames)})");
        if (TlsProtocols.Problem(settings.MinVersion, settings.MaxVersion, settings.CipherSuites) is { } problem)
            throw new TlsSettingsException(problem);
    }

    private static void Load(string certFile, string keyFile)
    {
        try
        {
            new KeyPairFiles(certFile, keyFile).Load();
        }
        catch (IOException failure)
        {
            throw new TlsSettingsException(failure.Message, failure);
        }
    }

    private static string List(IReadOnlyList<string> names) => $"[{string.Join(' ', names.Select(static name => $"\"{name}\""))}]";
}
