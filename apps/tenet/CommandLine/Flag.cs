namespace Tenet.App.CommandLine;

/// <summary>What a flag's value must look like.</summary>
internal enum FlagKind
{
    Text,
    Switch,
    Unsigned,
    Integer,
    Duration,
    Urls,
    Choice,
}

/// <summary>What becomes of a flag that is given.</summary>
internal enum FlagStanding
{
    /// <summary>It does what etcd's flag does.</summary>
    Served,

    /// <summary>etcd itself takes it and does nothing.</summary>
    Ignored,
}

/// <summary>One row of the flag table (contract/api.md, 6.2).</summary>
internal sealed record Flag(string Name, FlagKind Kind, string Default, string Help)
{
    public FlagStanding Standing { get; init; } = FlagStanding.Served;

    /// <summary>The only values that a <see cref="FlagKind.Choice"/> takes.</summary>
    public string[] Choices { get; init; } = [];

    /// <summary>The largest value that an <see cref="FlagKind.Unsigned"/> flag takes.</summary>
    public ulong Maximum { get; init; } = ulong.MaxValue;

    /// <summary>The flag of etcd 3.7 that this is an older name of, or null.</summary>
    public string? AliasOf { get; init; }

    /// <summary>The feature gate that this switch of etcd 3.5 has become, or null.</summary>
    public string? Gate { get; init; }

    /// <summary>The environment variable that sets it too.</summary>
    public string Variable => "ETCD_" + Name.ToUpperInvariant().Replace('-', '_').Replace('.', '_');
}

/// <summary>Flags that the help text shows under one heading.</summary>
internal sealed record FlagGroup(string Title, Flag[] Flags);
