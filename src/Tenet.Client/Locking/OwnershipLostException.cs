namespace Tenet.Client;

/// <summary>A lock or a leadership is not held any more, or was lost before it was won.</summary>
public sealed class OwnershipLostException(string message, Exception? inner = null) : Exception(message, inner);
