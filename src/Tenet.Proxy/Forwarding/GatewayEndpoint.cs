namespace Tenet.Proxy.Forwarding;

/// <summary>A server to which connections are forwarded.</summary>
/// <param name="Host">Its name or address.</param>
/// <param name="Port">Its port.</param>
/// <param name="Priority">Those with the lowest priority come first, and the others when none of them can be reached.</param>
/// <param name="Weight">Of those with one, one is drawn in proportion to it; without weights they take turns.</param>
public sealed record GatewayEndpoint(string Host, int Port, ushort Priority = 0, ushort Weight = 0)
{
    /// <summary>Host and port, as logs have them.</summary>
    public string Address => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
