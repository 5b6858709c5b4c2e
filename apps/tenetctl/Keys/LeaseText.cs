using Tenet.CommandLine;

namespace Tenet.Ctl.Keys;

/// <summary>IDs of leases as users write them.</summary>
internal static class LeaseText
{
    /// <param name="text">What the user wrote.</param>
    /// <param name="what">How the error calls it.</param>
    /// <exception cref="CommandException">The text is no ID.</exception>
    public static long Parse(string text, string what = "bad lease ID") => GoParse.TrySigned(text, 16, out long lease, out string problem)
        ? lease
        : throw new CommandException(ExitCode.BadArguments, $"{what} ({problem}), expecting ID in Hex");
}
