namespace Tenet.CommandLine;

/// <summary>What a tool tells the shell about how it ended (contract/api.md, 9.1).</summary>
public static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Success = 0;

    /// <summary>A request was refused, or a command or flag is not known.</summary>
    public const int Error = 1;

    /// <summary>No client could be made.</summary>
    public const int BadConnection = 2;

    /// <summary>What came over standard input is not understood.</summary>
    public const int InvalidInput = 3;

    /// <summary>A flag that exists has a value that is not supported.</summary>
    public const int BadFeature = 4;

    /// <summary>The server ended what should have gone on.</summary>
    public const int Interrupted = 5;

    /// <summary>Reading or writing failed.</summary>
    public const int InputOutput = 6;

    /// <summary>Arguments are missing or wrong.</summary>
    public const int BadArguments = 128;
}
