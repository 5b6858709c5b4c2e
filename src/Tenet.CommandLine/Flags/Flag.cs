namespace Tenet.CommandLine;

/// <summary>A flag: what it is called, what it is for, and whether it was given.</summary>
public abstract class Flag
{
    private protected Flag(string name, char? shorthand, string usage)
    {
        Name = name;
        Shorthand = shorthand;
        Usage = usage;
    }

    /// <summary>Its name without dashes.</summary>
    public string Name { get; }

    /// <summary>Its one-letter name, if it has one.</summary>
    public char? Shorthand { get; }

    /// <summary>What it is for. A word in back quotes names its value in the help.</summary>
    public string Usage { get; }

    /// <summary>Understood, but not listed.</summary>
    public bool IsHidden { get; set; }

    /// <summary>The command does not run without it.</summary>
    public bool IsRequired { get; set; }

    /// <summary>Values that the shell may offer.</summary>
    public IReadOnlyList<string> Words { get; set; } = [];

    /// <summary>Given on the command line or by a variable.</summary>
    public bool IsGiven { get; private protected set; }

    /// <summary>The value now, as text.</summary>
    public abstract string ValueText { get; }

    internal abstract FlagKind Kind { get; }

    internal abstract string DefaultText { get; }

    internal abstract bool HasZeroDefault { get; }

    /// <summary>How an error names it.</summary>
    internal string Label => Shorthand is { } letter ? $"-{letter}, --{Name}" : $"--{Name}";

    /// <summary>Takes a value; null, or what is wrong with the text.</summary>
    public abstract string? Set(string text);
}
