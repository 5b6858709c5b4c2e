using Tenet.Foundation;

namespace Tenet.Utl.Doctor;

/// <summary>Gathers what the checks find. Of one kind no more than a screenful is kept, and the rest is counted.</summary>
internal sealed class Findings
{
    private const int KeptOfAKind = 20;

    private readonly List<Finding> _all = [];
    private readonly Dictionary<(string Check, Severity Severity, string Advice), int> _counts = [];

    /// <summary>The worst of them.</summary>
    public Severity Worst { get; private set; }

    public void Notice(string check, string file, string found, string advice, long? offset = null) => Add(new Finding(Severity.Notice, check, file, offset, found, advice));

    public void Warning(string check, string file, string found, string advice, long? offset = null) => Add(new Finding(Severity.Warning, check, file, offset, found, advice));

    public void Error(string check, string file, string found, string advice, long? offset = null) => Add(new Finding(Severity.Error, check, file, offset, found, advice));

    public void Error(string check, CorruptionException damage, string advice) =>
        Error(check, damage.File, $"expected {damage.Expected}, found {damage.Found}", advice, damage.Offset);

    /// <summary>Adds what others were gathered apart.</summary>
    public void TakeOver(Findings others)
    {
        foreach (Finding finding in others._all)
            Add(finding);
        foreach (((string Check, Severity Severity, string Advice) kind, int count) in others._counts)
            _counts[kind] = _counts.GetValueOrDefault(kind) + Math.Max(0, count - KeptOfAKind);
    }

    /// <summary>All of them, the worst first, and otherwise in the order in which they were found.</summary>
    public IReadOnlyList<Finding> All()
    {
        var all = new List<Finding>(_all);
        foreach (((string check, Severity severity, string advice), int count) in _counts)
        {
            if (count > KeptOfAKind)
                all.Add(new Finding(severity, check, "", null, $"{count - KeptOfAKind} more of this kind", advice));
        }

        return [.. all.OrderByDescending(static finding => finding.Severity)];
    }

    private void Add(Finding finding)
    {
        Worst = (Severity)Math.Max((int)Worst, (int)finding.Severity);
        int count = _counts.GetValueOrDefault((finding.Check, finding.Severity, finding.Advice)) + 1;
        _counts[(finding.Check, finding.Severity, finding.Advice)] = count;
        if (count <= KeptOfAKind)
            _all.Add(finding);
    }
}
