namespace Tenet.Utl.Wal;

/// <summary>What of a log is shown, and how.</summary>
internal sealed record WalDumpOptions
{
    /// <summary>Entries before this index are left out.</summary>
    public ulong StartIndex { get; init; }

    /// <summary>The kinds of entry that are shown; null for all. With a choice, nothing but entries is shown.</summary>
    public IReadOnlySet<string>? EntryKinds { get; init; }

    /// <summary>One JSON object a line.</summary>
    public bool Json { get; init; }
}
