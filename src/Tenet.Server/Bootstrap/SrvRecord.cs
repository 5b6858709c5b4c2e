namespace Tenet.Server.Bootstrap;

/// <summary>Where a service runs.</summary>
/// <param name="Target">The host, with or without the dot at the end.</param>
/// <param name="Port">The port.</param>
public sealed record SrvRecord(string Target, int Port);
