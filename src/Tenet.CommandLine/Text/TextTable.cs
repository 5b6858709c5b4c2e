using System.Text;

namespace Tenet.CommandLine;

/// <summary>A table in a frame: titles in capitals and centred, cells at the right.</summary>
public static class TextTable
{
    /// <summary>Draws a table.</summary>
    public static string Draw(IReadOnlyList<string> titles, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        string[] heads = [.. titles.Select(static title => title.Replace('_', ' ').Trim().ToUpperInvariant())];
        int[] widths = [.. heads.Select((head, column) => rows.Select(row => Width(row[column])).Append(Width(head)).Max())];
        StringBuilder table = new();
        Rule(table, widths, '┌', '┬', '┐');
        Row(table, widths, heads, static (cell, width) =>
        {
            int left = (width - Width(cell)) / 2;
            return new string(' ', left) + cell + new string(' ', width - Width(cell) - left);
        });
        Rule(table, widths, '├', '┼', '┤');
        foreach (IReadOnlyList<string> row in rows)
            Row(table, widths, row, static (cell, width) => new string(' ', width - Width(cell)) + cell);
        Rule(table, widths, '└', '┴', '┘');
        return table.ToString();
    }

    private static void Rule(StringBuilder table, int[] widths, char left, char middle, char right)
    {
        for (int column = 0; column < widths.Length; column++)
            table.Append(column == 0 ? left : middle).Append('─', widths[column] + 2);
        table.Append(right).Append('\n');
    }

    private static void Row(StringBuilder table, int[] widths, IReadOnlyList<string> cells, Func<string, int, string> align)
    {
        for (int column = 0; column < widths.Length; column++)
            table.Append("│ ").Append(align(cells[column], widths[column])).Append(' ');
        table.Append("│\n");
    }

    private static int Width(string cell) => cell.EnumerateRunes().Count();
}
