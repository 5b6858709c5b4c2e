namespace Tenet.CommandLine;

/// <summary>The process's arguments without loss.</summary>
public static class RawArguments
{
    /// <summary>
    /// The arguments as given; where one was no UTF-8, and the runtime has put a replacement for it, they are read again from the system
    /// if it tells (Linux), so that a key of any bytes can be an argument.
    /// </summary>
    public static IReadOnlyList<string> OfProcess(string[] arguments)
    {
        const string CommandLineFile = "/proc/self/cmdline";
        if (!arguments.Any(static argument => argument.Contains('\uFFFD', StringComparison.Ordinal)) || !File.Exists(CommandLineFile))
            return arguments;
        string[] all = RawText.Decode(File.ReadAllBytes(CommandLineFile)).Split('\0');
        // The file ends with a zero, so the last piece is empty; before ours come the program and, perhaps, the runtime's host.
        return all.Length > arguments.Length ? all[(all.Length - 1 - arguments.Length)..^1] : arguments;
    }
}
