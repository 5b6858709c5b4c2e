namespace Tenet.Server.Peers;

/// <summary>Another member did not answer, or not in a way that could be used.</summary>
public sealed class PeerRequestException(string message, Exception? inner = null) : IOException(message, inner);
