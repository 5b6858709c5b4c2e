namespace Tenet.CommandLine;

/// <summary>Offers the shell how the last word may go on. The scripts of <see cref="ShellScripts"/> ask for it.</summary>
internal static class Completer
{
    public const string CommandName = "__complete";
    public const string CommandNameWithoutDescriptions = "__completeNoDesc";

    // What the shell is to do beside the words: its own files (0), or nothing (4).
    private const int OfferFiles = 0;
    private const int OfferNothing = 4;

    public static int Write(Command root, IReadOnlyList<string> words, OutputWriter output)
    {
        bool described = words[0] == CommandName;
        string[] before = [.. words.Skip(1).SkipLast(1)];
        string last = words.Count > 1 ? words[^1] : "";
        int directive = OfferNothing;
        foreach ((string word, string summary) in Candidates(root, before, last, ref directive))
            output.Line(described && summary.Length > 0 ? $"{word}\t{summary}" : word);
        output.Line($":{directive}");
        return ExitCode.Success;
    }

    private static List<(string Word, string Summary)> Candidates(Command root, string[] before, string last, ref int directive)
    {
        Command command = CommandSearch.Find(root, before).Command;
        List<(string Word, string Summary)> all = [];
        int equals = last.IndexOf('=', StringComparison.Ordinal);
        if (last is ['-', '-', ..] && equals > 0)
        {
            if (command.FindFlag(last[2..equals]) is { } named)
                all.AddRange(named.Words.Select(word => (last[..(equals + 1)] + word, "")));
            directive = OfferFiles;
        }
        else if (last is ['-', ..])
        {
            foreach (Flag flag in command.Flags.All.Concat(command.PersistentFlags.All).Concat(command.InheritedFlags()).OrderBy(static flag => flag.Name, StringComparer.Ordinal))
            {
                all.Add(($"--{flag.Name}", flag.Usage));
                if (flag.Shorthand is { } letter)
                    all.Add(($"-{letter}", flag.Usage));
            }
        }
        else if (before.Length > 0 && FlagThatWaits(command, before[^1]) is { } waiting)
        {
            all.AddRange(waiting.Words.Select(static word => (word, "")));
            directive = OfferFiles;
        }
        else
        {
            all.AddRange(command.Commands.Where(static below => below.IsListed).Select(static below => (below.Name, below.Summary)));
            all.AddRange(command.ArgumentWords.Select(static word => (word, "")));
            directive = all.Count == 0 ? OfferFiles : OfferNothing;
        }
        all.RemoveAll(candidate => !candidate.Word.StartsWith(last, StringComparison.Ordinal));
        return all;
    }

    /// <summary>The flag whose value the next word is, if the word before is such a flag.</summary>
    private static Flag? FlagThatWaits(Command command, string word)
    {
        Flag? flag = word switch
        {
            ['-', '-', _, ..] => command.FindFlag(word[2..]),
            ['-', not '-'] => command.FindFlag(word[1]),
            _ => null,
        };
        return flag?.Kind.Alone is null ? flag : null;
    }
}
