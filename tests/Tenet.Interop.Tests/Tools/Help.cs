using System.Text.RegularExpressions;

namespace Tenet.Interop.Tests.Tools;

/// <summary>
/// A help page is prose, and Tenet's is its own; its layout changed with 3.7, which also writes it to the error stream beside an error, and
/// the error once, not twice. What counts is whose help it is, and which commands and flags it names beside those that all commands have.
/// </summary>
internal static partial class Help
{
    private static readonly HashSet<string> Globals =
    [
        "--auth-jwt-token", "--cacert", "--cert", "--command-timeout", "--debug", "--dial-timeout", "--discovery-srv", "--discovery-srv-name", "--endpoints", "--help", "--hex",
        "--insecure-discovery", "--insecure-skip-tls-verify", "--insecure-transport", "--keepalive-time", "--keepalive-timeout", "--key", "--max-recv-bytes", "--max-request-bytes",
        "--password", "--timeout", "--user", "--write-out",
    ];

    public static string Summarise(string text)
    {
        text = SaidTwice().Replace(text, "$1$2");
        Match page = (text.StartsWith("exit 0\n", StringComparison.Ordinal) ? WholePage() : UsagePage()).Match(text);
        if (!page.Success)
            return text;
        string path = Usage().Match(page.Value).Groups[1].Value;
        IEnumerable<string> commands = Command().Matches(page.Value).Select(command => command.Groups[1].Value);
        IEnumerable<string> flags = Flag().Matches(page.Value).Select(flag => flag.Groups[1].Value).Where(flag => !Globals.Contains(flag));
        string rest = text.Remove(page.Index, page.Length);
        return $"{rest.TrimEnd('\n')}\n(help of{path}) {string.Join(' ', commands.Concat(flags).Distinct().Order(StringComparer.Ordinal))}\n";
    }

    [GeneratedRegex("^(Error: [^\n]*\n)((?s:.*?))\\1", RegexOptions.Multiline)]
    private static partial Regex SaidTwice();

    [GeneratedRegex("(?<=^exit 0\n)(?s:.*?(?:USAGE|Usage):\n.*)")]
    private static partial Regex WholePage();

    // From its heading to the error stream or the end.
    [GeneratedRegex("^(?:NAME|Usage):\n(?s:.*?)(?=^-- errors\n|^Error: |\\z)", RegexOptions.Multiline)]
    private static partial Regex UsagePage();

    [GeneratedRegex("(?:USAGE|Usage):\n[\t ]+(?:etcd|tenet)[cu]tl((?: [a-z][a-z-]*)*)")]
    private static partial Regex Usage();

    [GeneratedRegex("^(?:  |\t)([a-z][a-z-]*)(?: [a-z][a-z-]*)?(?:(?: {2,}|\t+)\\S| (?=[A-Z]))", RegexOptions.Multiline)]
    private static partial Regex Command();

    [GeneratedRegex("^ +(?:-[a-z], )?(--[a-z-]+)", RegexOptions.Multiline)]
    private static partial Regex Flag();
}
