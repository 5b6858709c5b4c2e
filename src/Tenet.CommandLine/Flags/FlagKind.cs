namespace Tenet.CommandLine;

/// <summary>A kind of value: its name in the help, and whether the flag may stand alone.</summary>
internal abstract record FlagKind(string TypeName, string Zero)
{
    /// <summary>The value that the flag has if it stands alone; null if it needs one.</summary>
    public string? Alone { get; init; }

    /// <summary>The help shows its default in quotes.</summary>
    public bool IsText { get; init; }
}
