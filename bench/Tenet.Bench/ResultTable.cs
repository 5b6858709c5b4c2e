using System.Globalization;
using System.Text;

namespace Tenet.Bench;

/// <summary>The measured values, one row for each metric, with the ratio of the second server to the first. Several values become their median.</summary>
internal sealed class ResultTable(string[] servers)
{
    private readonly List<(string Metric, string Unit, double Wanted, bool MoreIsBetter)> _rows = [];
    private readonly Dictionary<(string Server, string Metric), List<double>> _values = [];

    public void Add(string server, string metric, string unit, double value, double wanted, bool moreIsBetter)
    {
        Console.Error.WriteLine($"  {server}: {metric} {value.ToString("#,0.###", CultureInfo.InvariantCulture)} {unit}");
        if (!_rows.Any(row => row.Metric == metric))
            _rows.Add((metric, unit, wanted, moreIsBetter));
        if (!_values.TryGetValue((server, metric), out List<double>? values))
            _values[(server, metric)] = values = [];
        values.Add(value);
    }

    public string Render()
    {
        StringBuilder text = new();
        text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"{"",-52}{servers[0],16}{servers[1],16}{"ratio",9}  wanted");
        foreach ((string metric, string unit, double wanted, bool moreIsBetter) in _rows)
        {
            double? standard = Median(servers[0], metric);
            double? ours = Median(servers[1], metric);
            double? ratio = ours / standard;
            string verdict = wanted == 0 ? "" : $"{(moreIsBetter ? "≥" : "≤")} {wanted.ToString("0.0", CultureInfo.InvariantCulture)}";
            if (wanted != 0 && ratio is { } reached)
                verdict += (moreIsBetter ? reached >= wanted : reached <= wanted) ? "  met" : "  missed";
            text.AppendLine(CultureInfo.InvariantCulture,
                $"{metric,-52}{Show(standard, unit),16}{Show(ours, unit),16}{ratio?.ToString("0.00", CultureInfo.InvariantCulture) ?? "–",9}  {verdict}");
        }
        return text.ToString();
    }

    private double? Median(string server, string metric)
    {
        if (!_values.TryGetValue((server, metric), out List<double>? values))
            return null;
        double[] ordered = [.. values.Order()];
        return (ordered[(ordered.Length - 1) / 2] + ordered[ordered.Length / 2]) / 2;
    }

    private static string Show(double? value, string unit) => value is { } known
        ? known.ToString(known >= 100 ? "#,0" : "0.###", CultureInfo.InvariantCulture) + (unit.StartsWith('/') ? "" : " ") + unit
        : "–";
}
