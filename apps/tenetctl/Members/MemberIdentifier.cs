using System.Globalization;
using Tenet.CommandLine;

namespace Tenet.Ctl.Members;

/// <summary>IDs of members as users write them, in hexadecimal.</summary>
internal static class MemberIdentifier
{
    /// <summary>The only argument of a command on one member.</summary>
    /// <exception cref="CommandException">There is none, or it is no ID.</exception>
    public static ulong OfOnlyArgument(IReadOnlyList<string> arguments)
    {
        if (arguments.Count != 1)
            throw new CommandException(ExitCode.BadArguments, "member ID is not provided");
        return TryParse(arguments[0], out string problem) ?? throw new CommandException(ExitCode.BadArguments, $"bad member ID arg ({problem}), expecting ID in Hex");
    }

    /// <summary>Null if the text is no ID; <paramref name="problem"/> then says why.</summary>
    public static ulong? TryParse(string text, out string problem)
    {
        problem = "";
        bool isHex = text.Length > 0 && text.All(char.IsAsciiHexDigit);
        if (isHex && ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong identifier))
            return identifier;
        problem = $"strconv.ParseUint: parsing {GoQuote.Text(text)}: {(isHex ? "value out of range" : "invalid syntax")}";
        return null;
    }
}
