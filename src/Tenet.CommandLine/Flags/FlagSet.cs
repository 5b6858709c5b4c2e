namespace Tenet.CommandLine;

/// <summary>Flags that belong together. Each holds its value itself; the methods that add one hand it out.</summary>
public sealed class FlagSet
{
    private readonly List<Flag> _flags = [];

    /// <summary>All flags, in the order in which they were added.</summary>
    public IReadOnlyList<Flag> All => _flags;

    /// <summary>Adds a flag that takes any text.</summary>
    public Flag<string> Text(string name, string standard, string usage) => Text(name, null, standard, usage);

    /// <summary>Adds a flag that takes any text.</summary>
    public Flag<string> Text(string name, char? shorthand, string standard, string usage) => Add(name, shorthand, standard, usage, FlagKinds.Text);

    /// <summary>Adds a switch, which is true if it stands alone.</summary>
    public Flag<bool> Switch(string name, bool standard, string usage) => Switch(name, null, standard, usage);

    /// <summary>Adds a switch, which is true if it stands alone.</summary>
    public Flag<bool> Switch(string name, char? shorthand, bool standard, string usage) => Add(name, shorthand, standard, usage, FlagKinds.Switch);

    /// <summary>Adds a flag that takes a whole number.</summary>
    public Flag<long> Integer(string name, long standard, string usage) => Add(name, null, standard, usage, FlagKinds.Integer);

    /// <summary>Adds a flag that takes a whole number from 0 on.</summary>
    public Flag<ulong> Unsigned(string name, ulong standard, string usage) => Add(name, null, standard, usage, FlagKinds.Unsigned);

    /// <summary>Adds a flag that takes a whole number from 0 to 4294967295.</summary>
    public Flag<uint> Unsigned32(string name, uint standard, string usage) => Add(name, null, standard, usage, FlagKinds.Unsigned32);

    /// <summary>Adds a flag that takes a duration in Go's notation.</summary>
    public Flag<TimeSpan> Duration(string name, TimeSpan standard, string usage) => Add(name, null, standard, usage, FlagKinds.Duration);

    /// <summary>Adds a flag that takes texts, separated by commas; given again, it adds to them.</summary>
    public Flag<IReadOnlyList<string>> List(string name, IReadOnlyList<string> standard, string usage) => Add(name, null, standard, usage, FlagKinds.List);

    /// <summary>The flag of a name, or null.</summary>
    public Flag? Find(string name) => _flags.Find(flag => flag.Name == name);

    /// <summary>Reads flags that are not a program's, such as those of a line that is typed in.</summary>
    /// <exception cref="UsageException">A flag is not known, or its value is wrong.</exception>
    public ParsedArguments Parse(IReadOnlyList<string> words) => new FlagParser(Find, Find, isInterspersed: true).Parse(words);

    internal Flag? Find(char shorthand) => _flags.Find(flag => flag.Shorthand == shorthand);

    private Flag<T> Add<T>(string name, char? shorthand, T standard, string usage, FlagKind<T> kind)
    {
        Flag<T> flag = new(name, shorthand, standard, usage, kind);
        _flags.Add(flag);
        return flag;
    }
}
