using System.Globalization;
using System.Text;

namespace Tenet.Bench;

/// <summary>The measured values, one row for each metric, with the ratio of the second server to the first.</summary>
internal sealed class ResultTable
{
    private readonly List<(string Metric, string Unit, double Wanted, bool MoreIsBetter)> _rows = [];
    private readonly Dictionary<(string Server, string Metric), double> _values = [];

    public void Add(string server, string metric, string unit, double value, double wanted, bool moreIsBetter)
    {
        if (!_rows.Any(row => row.Metric == metric))
            _rows.Add((metric, unit, wanted, moreIsBetter));
        _values[(server, metric)] = value;
    }

    public string Render(string[] servers)
    {
        StringBuilder text = new();
        text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"{"",-42}{servers[0],16}{servers[1],16}{"ratio",9}  wanted");
        foreach ((string metric, string unit, double wanted, bool moreIsBetter) in _rows)
        {
            bool hasBase = _values.TryGetValue((servers[0], metric), out double standard);
            bool hasOurs = _values.TryGetValue((servers[1], metric), out double ours);
            double ratio = ours / standard;
            string verdict = wanted == 0 ? "" : $"{(moreIsBetter ? "≥" : "≤")} {wanted.ToString("0.0", CultureInfo.InvariantCulture)}";
            if (wanted != 0 && hasBase && hasOurs)
                verdict += (moreIsBetter ? ratio >= wanted : ratio <= wanted) ? "  met" : "  missed";
            text.AppendLine(CultureInfo.InvariantCulture,
                $"{metric,-42}{(hasBase ? Show(standard, unit) : "–"),16}{(hasOurs ? Show(ours, unit) : "–"),16}{(hasBase && hasOurs ? ratio.ToString("0.00", CultureInfo.InvariantCulture) : "–"),9}  {verdict}");
        }
        return text.ToString();
    }

    private static string Show(double value, string unit) =>
        value.ToString(value >= 100 ? "#,0" : "0.###", CultureInfo.InvariantCulture) + (unit.StartsWith('/') ? "" : " ") + unit;
}
