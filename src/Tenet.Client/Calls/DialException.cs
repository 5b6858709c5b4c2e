namespace Tenet.Client.Calls;

/// <summary>An endpoint could not be connected to. The message is what a Go program says of it.</summary>
internal sealed class DialException(string message, Exception? inner = null) : IOException(message, inner);
