namespace Tenet.CommandLine;

/// <summary>
/// A command of a tool, or a group of them. Its use line is the name, then its arguments, as the help shows them;
/// its summary says in one line what it does.
/// </summary>
public sealed class Command
{
    private readonly List<Command> _commands = [];

    /// <summary>Makes a command.</summary>
    public Command(string use, string summary)
    {
        Use = use;
        Summary = summary;
        int blank = use.IndexOf(' ', StringComparison.Ordinal);
        Name = blank < 0 ? use : use[..blank];
        Help = Flags.Switch("help", 'h', false, $"help for {Name}");
    }

    /// <summary>The word that calls it.</summary>
    public string Name { get; }

    /// <summary>The name and the arguments, as the help shows them.</summary>
    public string Use { get; }

    /// <summary>One line.</summary>
    public string Summary { get; }

    /// <summary>Several lines, shown instead of the summary in the command's own help.</summary>
    public string Description { get; init; } = "";

    /// <summary>Examples, shown as they are.</summary>
    public string Example { get; init; } = "";

    /// <summary>The title under which the parent's help lists it; one of the parent's <see cref="Groups"/>.</summary>
    public string Group { get; init; } = "";

    /// <summary>The titles under which the help lists the commands below, in this order.</summary>
    public IReadOnlyList<string> Groups { get; init; } = [];

    /// <summary>Understood, but not listed.</summary>
    public bool IsHidden { get; init; }

    /// <summary>Whether the usage line says <c>[flags]</c>.</summary>
    public bool ShowsFlagsInUse { get; init; } = true;

    /// <summary>Whether flags may follow arguments. Without, everything from the first argument on is an argument.</summary>
    public bool IsInterspersed { get; init; } = true;

    /// <summary>Judges the arguments before the command runs: null, or what is wrong with them (shown with the usage).</summary>
    public Func<IReadOnlyList<string>, string?>? CheckArguments { get; init; }

    /// <summary>Words that the shell may offer as an argument.</summary>
    public IReadOnlyList<string> ArgumentWords { get; init; } = [];

    /// <summary>What the command does; the result is the exit code. Null for a group, which then shows its help.</summary>
    public Func<Invocation, Task<int>>? Run { get; set; }

    /// <summary>Flags of this command alone.</summary>
    public FlagSet Flags { get; } = new();

    /// <summary>Flags of this command and of all below it.</summary>
    public FlagSet PersistentFlags { get; } = new();

    /// <summary><c>--help</c>.</summary>
    public Flag<bool> Help { get; }

    /// <summary>The command above; null for the tool itself.</summary>
    public Command? Parent { get; private set; }

    /// <summary>The commands below, by name.</summary>
    public IReadOnlyList<Command> Commands => _commands;

    /// <summary>The tool's name and the names down to this command.</summary>
    public string Path => Parent is null ? Name : $"{Parent.Path} {Name}";

    /// <summary>Listed in the help: not hidden, and it or a command below it does something.</summary>
    public bool IsListed => !IsHidden && (Run is not null || _commands.Exists(static command => command.IsListed));

    /// <summary>Adds commands below this one.</summary>
    public Command Add(params ReadOnlySpan<Command> commands)
    {
        foreach (Command command in commands)
        {
            command.Parent = this;
            _commands.Add(command);
        }
        _commands.Sort(static (one, other) => string.CompareOrdinal(one.Name, other.Name));
        return this;
    }

    /// <summary>The flags that the commands above hand down.</summary>
    public IEnumerable<Flag> InheritedFlags()
    {
        for (Command? above = Parent; above is not null; above = above.Parent)
        {
            foreach (Flag flag in above.PersistentFlags.All)
                yield return flag;
        }
    }

    internal Flag? FindFlag(string name)
    {
        Flag? found = Flags.Find(name);
        for (Command? command = this; found is null && command is not null; command = command.Parent)
            found = command.PersistentFlags.Find(name);
        return found;
    }

    internal Flag? FindFlag(char shorthand)
    {
        Flag? found = Flags.Find(shorthand);
        for (Command? command = this; found is null && command is not null; command = command.Parent)
            found = command.PersistentFlags.Find(shorthand);
        return found;
    }
}
