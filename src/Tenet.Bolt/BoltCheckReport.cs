namespace Tenet.Bolt;

/// <summary>The outcome of a consistency check (contract/storage.md, 4.10).</summary>
public sealed class BoltCheckReport
{
    internal BoltCheckReport(IReadOnlyList<BoltProblem> found, bool freePagesCompared, ulong unreachedPages)
    {
        Found = found;
        Problems = [.. found.Select(static problem => problem.Text)];
        FreePagesCompared = freePagesCompared;
        UnreachedPages = unreachedPages;
    }

    /// <summary>Everything that was found wrong, in bbolt's words where bbolt has them. Empty for a sound file.</summary>
    public IReadOnlyList<string> Problems { get; }

    /// <summary>The same, with the pages.</summary>
    public IReadOnlyList<BoltProblem> Found { get; }

    /// <summary>
    /// Whether the list of free pages of this snapshot was at hand. It is not for a file opened read-only that does not store the list, nor
    /// for a snapshot that is no longer the newest one of such a file.
    /// </summary>
    public bool FreePagesCompared { get; }

    /// <summary>Pages below the high water mark that nothing refers to: in a sound file, the free ones.</summary>
    public ulong UnreachedPages { get; }

    /// <summary>Whether nothing was found wrong.</summary>
    public bool IsSound => Problems.Count == 0;

    /// <summary>The problems, one on a line.</summary>
    public override string ToString() => IsSound ? "sound" : string.Join('\n', Problems);
}
