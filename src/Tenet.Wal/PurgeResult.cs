namespace Tenet.Wal;

/// <summary>What a purge pass did.</summary>
/// <param name="Removed">The paths of the removed files, oldest first.</param>
/// <param name="StoppedAt">The path of the file that is still in use and ended the pass, or null.</param>
public sealed record PurgeResult(IReadOnlyList<string> Removed, string? StoppedAt);
