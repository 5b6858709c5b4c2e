namespace Tenet.Raft.Tests.DataDriven;

/// <summary>One command of a data file, with its input and the output that was recorded for it.</summary>
internal sealed class Directive
{
    public required string Command { get; init; }

    public required IReadOnlyList<Argument> Arguments { get; init; }

    public required string Input { get; init; }

    public required string Expected { get; init; }

    /// <summary>The line number of the command, from 1.</summary>
    public required int Line { get; init; }

    /// <summary>Everything in the file from the end of the directive before up to the separator line.</summary>
    public required string Head { get; init; }

    public Argument? Find(string key)
    {
        foreach (Argument argument in Arguments)
        {
            if (argument.Key == key)
                return argument;
        }
        return null;
    }
}
