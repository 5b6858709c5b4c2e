using System.Text;

namespace Tenet.CommandLine;

/// <summary>The help of a command.</summary>
internal static class UsageText
{
    private const int NameWidthMin = 11;

    /// <summary>Its usage, preceded by what it does.</summary>
    public static string Described(Command command)
    {
        string about = (command.Description.Length > 0 ? command.Description : command.Summary).TrimEnd();
        string usage = command.Run is not null || command.Commands.Count > 0 ? Usage(command) : "";
        return about.Length > 0 ? $"{about}\n\n{usage}" : usage;
    }

    public static string Usage(Command command)
    {
        StringBuilder text = new("Usage:");
        bool hasListed = command.Commands.Any(static below => below.IsListed);
        if (command.Run is not null)
            text.Append("\n  ").Append(UseLine(command));
        if (hasListed)
            text.Append("\n  ").Append(command.Path).Append(" [command]");
        if (command.Example.Length > 0)
            text.Append("\n\nExamples:\n").Append(command.Example);
        if (hasListed)
            AppendCommands(text, command);
        AppendFlags(text, "Flags", LocalFlags(command));
        AppendFlags(text, "Global Flags", command.InheritedFlags());
        if (hasListed)
            text.Append("\n\nUse \"").Append(command.Path).Append(" [command] --help\" for more information about a command.");
        return text.Append('\n').ToString();
    }

    private static string UseLine(Command command)
    {
        string line = command.Parent is null ? command.Use : $"{command.Parent.Path} {command.Use}";
        bool hasFlags = LocalFlags(command).Concat(command.InheritedFlags()).Any(static flag => !flag.IsHidden);
        return command.ShowsFlagsInUse && hasFlags && !line.Contains("[flags]", StringComparison.Ordinal) ? line + " [flags]" : line;
    }

    private static IEnumerable<Flag> LocalFlags(Command command) => command.Flags.All.Concat(command.PersistentFlags.All);

    private static void AppendCommands(StringBuilder text, Command command)
    {
        if (command.Groups.Count == 0)
        {
            AppendGroup(text, command, "\n\nAvailable Commands:", static _ => true);
            return;
        }
        foreach (string group in command.Groups)
            AppendGroup(text, command, "\n\n" + group, below => below.Group == group);
        if (command.Commands.Any(below => IsShown(below) && !command.Groups.Contains(below.Group)))
            AppendGroup(text, command, "\n\nAdditional Commands:", static below => below.Group.Length == 0);
    }

    private static void AppendGroup(StringBuilder text, Command command, string title, Func<Command, bool> belongs)
    {
        int width = Math.Max(NameWidthMin, command.Commands.Max(static below => below.Name.Length));
        text.Append(title);
        foreach (Command below in command.Commands)
        {
            if (IsShown(below) && belongs(below))
                text.Append("\n  ").Append(below.Name.PadRight(width)).Append(' ').Append(below.Summary);
        }
    }

    private static bool IsShown(Command command) => command.IsListed || command.Name == "help";

    private static void AppendFlags(StringBuilder text, string title, IEnumerable<Flag> flags)
    {
        string lines = FlagLines(flags);
        if (lines.Length > 0)
            text.Append("\n\n").Append(title).Append(":\n").Append(lines.TrimEnd());
    }

    /// <summary>One line a flag, by name; what is hidden stays so.</summary>
    public static string FlagLines(IEnumerable<Flag> flags)
    {
        List<(string Head, Flag Flag, string Usage)> lines = [];
        foreach (Flag flag in flags.Where(static flag => !flag.IsHidden).OrderBy(static flag => flag.Name, StringComparer.Ordinal))
        {
            string head = flag.Shorthand is { } letter ? $"  -{letter}, --{flag.Name}" : $"      --{flag.Name}";
            (string type, string usage) = ValueName(flag);
            lines.Add((type.Length > 0 ? $"{head} {type}" : head, flag, usage));
        }
        int width = lines.Count == 0 ? 0 : lines.Max(static line => line.Head.Length);
        StringBuilder text = new();
        foreach ((string head, Flag flag, string usage) in lines)
        {
            text.Append(head.PadRight(width)).Append("   ").Append(usage.Replace("\n", "\n" + new string(' ', width + 3), StringComparison.Ordinal));
            if (!flag.HasZeroDefault)
                text.Append(" (default ").Append(flag.Kind.IsText ? GoQuote.Text(flag.DefaultText) : flag.DefaultText).Append(')');
            text.Append('\n');
        }
        return text.ToString();
    }

    private static (string Type, string Usage) ValueName(Flag flag)
    {
        string[] parts = flag.Usage.Split('`', 3);
        return parts.Length == 3 ? (parts[1], string.Concat(parts)) : (flag.Kind.TypeName, flag.Usage);
    }
}
