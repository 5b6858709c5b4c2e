namespace Tenet.CommandLine;

/// <summary>A flag with a value.</summary>
public sealed class Flag<T> : Flag
{
    private readonly FlagKind<T> _kind;

    internal Flag(string name, char? shorthand, T standard, string usage, FlagKind<T> kind) : base(name, shorthand, usage)
    {
        _kind = kind;
        Value = standard;
        DefaultText = kind.Format(standard);
        HasZeroDefault = DefaultText == kind.Zero;
    }

    /// <summary>What was given last, or the default.</summary>
    public T Value { get; private set; }

    /// <inheritdoc/>
    public override string ValueText => _kind.Format(Value);

    internal override FlagKind Kind => _kind;

    internal override string DefaultText { get; }

    internal override bool HasZeroDefault { get; }

    /// <inheritdoc/>
    public override string? Set(string text)
    {
        if (_kind.Read(text, Value, IsGiven, out T read) is { } problem)
            return problem;
        Value = read;
        IsGiven = true;
        return null;
    }
}
