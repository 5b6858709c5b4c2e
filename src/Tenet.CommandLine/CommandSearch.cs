namespace Tenet.CommandLine;

/// <summary>Finds the command that words mean, by its name or the beginning of it.</summary>
internal readonly record struct CommandSearch(Command Command, IReadOnlyList<string> Rest, string? Problem)
{
    /// <summary>Follows the words down from the root. <see cref="Rest"/> is what is left for the command: its flags and arguments.</summary>
    public static CommandSearch Find(Command root, IReadOnlyList<string> words)
    {
        List<string> rest = [.. words];
        Command command = root;
        while (true)
        {
            int at = FirstArgument(command, rest);
            if (at < 0)
                return new(command, rest, null);
            if (Below(command, rest[at]) is not { } below)
            {
                string? problem = command.Parent is null && command.Commands.Count > 0 ? $"unknown command {GoQuote.Text(rest[at])} for {GoQuote.Text(command.Path)}{Suggestions(command, rest[at])}" : null;
                return new(command, rest, problem);
            }
            rest.RemoveAt(at);
            command = below;
        }
    }

    /// <summary>Where the first word stands that is neither a flag nor a flag's value; -1 if nowhere.</summary>
    private static int FirstArgument(Command command, List<string> words)
    {
        for (int at = 0; at < words.Count; at++)
        {
            string word = words[at];
            if (word is ['-', '-'])
                return -1;
            if (word is not ['-', ..])
            {
                if (word.Length > 0)
                    return at;
                continue;
            }
            Flag? flag = word is ['-', '-', ..] ? command.FindFlag(word[2..]) : word.Length == 2 ? command.FindFlag(word[1]) : null;
            bool mayTakeNext = (word.StartsWith("--", StringComparison.Ordinal) || word.Length == 2) && !word.Contains('=', StringComparison.Ordinal);
            if (mayTakeNext && flag?.Kind.Alone is null)
                at++;
        }
        return -1;
    }

    private static Command? Below(Command command, string word)
    {
        Command? begun = null;
        int matches = 0;
        foreach (Command below in command.Commands)
        {
            if (below.Name == word)
                return below;
            if (below.Name.StartsWith(word, StringComparison.Ordinal))
            {
                begun = below;
                matches++;
            }
        }
        return matches == 1 ? begun : null;
    }

    public static string Suggestions(Command command, string word)
    {
        string[] near = [.. command.Commands.Where(below => below.IsListed && NearestWord.IsNear(word, below.Name)).Select(static below => below.Name)];
        return near.Length == 0 ? "" : $"\n\nDid you mean this?\n\t{string.Join("\n\t", near)}\n";
    }
}
