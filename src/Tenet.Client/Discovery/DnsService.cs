namespace Tenet.Client.Discovery;

/// <summary>An SRV record: lower priority first, among equals higher weight more often.</summary>
/// <param name="Priority">The lower, the earlier.</param>
/// <param name="Weight">The higher, the more often among equals.</param>
/// <param name="Port">The port.</param>
/// <param name="Target">The host, with the dot at the end.</param>
public sealed record DnsService(ushort Priority, ushort Weight, ushort Port, string Target)
{
    /// <summary>The host without the dot at the end.</summary>
    public string Host => Target.TrimEnd('.');
}
