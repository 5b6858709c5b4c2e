namespace Tenet.Utl.Doctor;

/// <summary>The terms of consecutive entries, a run of equal ones in one place. What is put at an index replaces all from there on.</summary>
internal sealed class TermRuns
{
    private readonly List<(ulong First, ulong Term)> _runs = [];

    /// <summary>The index of the first entry; 0 if there is none.</summary>
    public ulong First => _runs.Count == 0 ? 0 : _runs[0].First;

    /// <summary>The index of the last entry; 0 if there is none.</summary>
    public ulong Last { get; private set; }

    /// <summary>The term of the last entry; 0 if there is none.</summary>
    public ulong LastTerm => _runs.Count == 0 ? 0 : _runs[^1].Term;

    /// <summary>The term of the entry at an index; null if there is none.</summary>
    public ulong? At(ulong index)
    {
        if (_runs.Count == 0 || index < First || index > Last)
            return null;
        return _runs[_runs.FindLastIndex(run => run.First <= index)].Term;
    }

    /// <summary>Puts an entry at an index; the ones behind it go.</summary>
    public void Put(ulong index, ulong term)
    {
        while (_runs.Count > 0 && _runs[^1].First >= index)
            _runs.RemoveAt(_runs.Count - 1);
        if (_runs.Count == 0 || _runs[^1].Term != term)
            _runs.Add((index, term));
        Last = index;
    }

    public void Clear()
    {
        _runs.Clear();
        Last = 0;
    }
}
