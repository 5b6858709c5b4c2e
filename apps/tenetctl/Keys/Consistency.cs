using Tenet.CommandLine;

namespace Tenet.Ctl.Keys;

/// <summary>How fresh a read must be: <c>l</c> or <c>s</c>.</summary>
internal static class Consistency
{
    /// <exception cref="CommandException">The text is neither.</exception>
    public static bool IsSerializable(string text) => text switch
    {
        "s" => true,
        "l" => false,
        _ => throw new CommandException(ExitCode.BadFeature, $"unknown consistency flag {GoQuote.Text(text)}"),
    };
}
