using System.Text.RegularExpressions;
using Tenet.CommandLine;

namespace Tenet.Ctl.Transactions;

/// <summary>Splits a line that is typed in into words: separated by blanks, or in single or double quotes.</summary>
internal static partial class Words
{
    /// <exception cref="CommandException">A word in double quotes holds an escape that is none.</exception>
    public static List<string> Split(string line)
    {
        List<string> words = [];
        foreach (Match match in Word().Matches(line))
        {
            string word = match.Value;
            if (word[0] == '\'')
                word = word[1..^1];
            else if (word[0] == '"' && !GoUnquote.TryRead(word, out word, out _))
                throw new CommandException(ExitCode.InvalidInput, "invalid syntax");
            words.Add(word);
        }
        return words;
    }

    [GeneratedRegex("""
        "(?:[^"\\]|\\.)*"|'[^']*'|[^'" \t\n\f\r][^ \t\n\f\r]*[^'" \t\n\f\r]?
        """)]
    private static partial Regex Word();
}
