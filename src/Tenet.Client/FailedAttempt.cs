using Tenet.Client.Calls;

namespace Tenet.Client;

/// <summary>One attempt at a call that failed; another may follow.</summary>
/// <param name="Method">The method's path.</param>
/// <param name="Endpoint">The endpoint that was asked.</param>
/// <param name="Attempt">How many attempts of this call failed before.</param>
/// <param name="Error">How it failed.</param>
public sealed record FailedAttempt(string Method, string Endpoint, int Attempt, CallException Error);
