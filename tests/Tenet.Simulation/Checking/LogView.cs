namespace Tenet.Simulation.Checking;

/// <summary>What was last seen of one member's log, and what the member has promised on the strength of it.</summary>
internal sealed class LogView
{
    private readonly List<ulong> _terms = [0];
    private ulong _base;

    /// <summary>Which start of the member is looked at.</summary>
    public int Life { get; set; }

    /// <summary>The term seen last.</summary>
    public ulong Term { get; set; }

    /// <summary>The commit index seen last.</summary>
    public ulong Commit { get; set; }

    /// <summary>The term that it leads in, 0 if it does not lead.</summary>
    public ulong LeadsIn { get; set; }

    /// <summary>The last entry carried out in this life.</summary>
    public ulong LastApplied { get; set; }

    /// <summary>The last entry that it has told anybody it holds for good.</summary>
    public ulong PromisedIndex { get; set; }

    /// <summary>The highest term that it has told anybody it stands in.</summary>
    public ulong PromisedTerm { get; set; }

    /// <summary>The oldest index whose term is known here.</summary>
    public ulong Base => _base;

    /// <summary>The newest entry.</summary>
    public ulong Last => _base + (ulong)_terms.Count - 1;

    /// <summary>The term of an entry from <see cref="Base"/> to <see cref="Last"/>.</summary>
    public ulong TermAt(ulong index) => _terms[(int)(index - _base)];

    /// <summary>Adds the next entry.</summary>
    public void Append(ulong term) => _terms.Add(term);

    /// <summary>Drops what follows an entry.</summary>
    public void Truncate(ulong last) => _terms.RemoveRange((int)(last - _base) + 1, (int)(Last - last));

    /// <summary>A snapshot took the place of everything.</summary>
    public void Reset(ulong index, ulong term)
    {
        _base = index;
        _terms.Clear();
        _terms.Add(term);
    }
}
