namespace Tenet.Server.Auth;

/// <summary>One password to be hashed.</summary>
/// <param name="Run">Does it and tells the caller.</param>
/// <param name="Refuse">Tells the caller that it is not done after all.</param>
internal sealed record PasswordJob(Action Run, Action Refuse);
