namespace Tenet.CommandLine;

/// <summary>Where a command reads and writes: the process's own streams, or a test's.</summary>
public sealed class CommandConsole(Stream input, Stream output, Stream error)
{
    /// <summary>The process's own streams.</summary>
    public static CommandConsole OfProcess() => new(Console.OpenStandardInput(), Console.OpenStandardOutput(), Console.OpenStandardError())
    {
        InputIsTerminal = !Console.IsInputRedirected,
        OutputIsTerminal = !Console.IsOutputRedirected,
        ErrorIsTerminal = !Console.IsErrorRedirected,
    };

    /// <summary>What is read.</summary>
    public InputReader In { get; } = new(input);

    /// <summary>Where results go.</summary>
    public OutputWriter Out { get; } = new(output);

    /// <summary>Where errors and progress go.</summary>
    public OutputWriter Error { get; } = new(error);

    /// <summary>Somebody types.</summary>
    public bool InputIsTerminal { get; init; }

    /// <summary>Somebody reads results as they come.</summary>
    public bool OutputIsTerminal { get; init; }

    /// <summary>Somebody watches: progress may be shown.</summary>
    public bool ErrorIsTerminal { get; init; }

    /// <summary>Asks for what must not be seen on the screen. Without a terminal it is the next line of the input; empty if the input has ended.</summary>
    public string AskPassword(string prompt)
    {
        Out.Write(prompt);
        Out.Flush();
        string? answer = InputIsTerminal ? HiddenLine() : In.ReadLine();
        Out.Line();
        Out.Flush();
        return answer ?? "";
    }

    private static string? HiddenLine()
    {
        System.Text.StringBuilder line = new();
        while (true)
        {
            ConsoleKeyInfo key = Console.ReadKey(intercept: true);
            switch (key.Key)
            {
                case ConsoleKey.Enter:
                    return line.ToString();
                case ConsoleKey.D when key.Modifiers == ConsoleModifiers.Control && line.Length == 0:
                    return null;
                case ConsoleKey.Backspace:
                    line.Length = Math.Max(0, line.Length - 1);
                    break;
                default:
                    if (key.KeyChar != '\0')
                        line.Append(key.KeyChar);
                    break;
            }
        }
    }
}
