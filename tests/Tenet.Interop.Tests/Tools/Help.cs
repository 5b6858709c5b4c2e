using System.Text.RegularExpressions;

namespace Tenet.Interop.Tests.Tools;

/// <summary>
/// A help page is prose, and Tenet's is its own. What counts is the usage line, and which commands and flags it names.
/// </summary>
internal static partial class Help
{
    public static string Summarise(string text)
    {
        Match page = Page().Match(text);
        if (!page.Success)
            return text;
        string usage = Usage().Match(page.Value).Groups[1].Value;
        IEnumerable<string> commands = Commands().Match(page.Value).Groups[1].Captures.Select(command => command.Value.Trim());
        IEnumerable<string> flags = Flag().Matches(page.Value).Select(flag => flag.Groups[1].Value);
        string summary = $"(help) {usage}\n(commands) {string.Join(", ", commands.Order(StringComparer.Ordinal))}\n(flags) {string.Join(' ', flags.Order(StringComparer.Ordinal))}\n";
        return text.Replace(page.Value, summary, StringComparison.Ordinal);
    }

    // From its heading to the error stream or the end.
    [GeneratedRegex("^(?:NAME:|Usage:)\n(?s:.*?)(?=^-- errors\n|^Error: |\\z)", RegexOptions.Multiline)]
    private static partial Regex Page();

    [GeneratedRegex("(?:USAGE|Usage):\n[\t ]+(.*)")]
    private static partial Regex Usage();

    [GeneratedRegex("(?:COMMANDS|Available Commands):\n(?:[\t ]+([a-z][a-z-]*(?: [a-z-]+)?)[\t ]{1,}.*\n)+")]
    private static partial Regex Commands();

    [GeneratedRegex("^ +(?:-[a-z], )?(--[a-z-]+(?:\\[?=[^\t \n]*)?)", RegexOptions.Multiline)]
    private static partial Regex Flag();
}
