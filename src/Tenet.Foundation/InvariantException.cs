namespace Tenet.Foundation;

/// <summary>The program contradicts itself. Whoever owns the member stops it; nobody carries on.</summary>
public sealed class InvariantException(string message) : Exception(message);
