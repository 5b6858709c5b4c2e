namespace Tenet.Simulation;

/// <summary>How one seed's world ended.</summary>
/// <param name="Seed">The seed.</param>
/// <param name="Hash">The hash over all its events: the same in every run of the seed.</param>
/// <param name="Failure">What went wrong; null if nothing did.</param>
/// <param name="Report">The seed's fault mix, and after a failure the last events.</param>
/// <param name="Line">One line about it.</param>
internal sealed record RunResult(ulong Seed, ulong Hash, Exception? Failure, string Report, string Line);
