using System.Globalization;
using System.Numerics;
using Tenet.Foundation.Logging;
using Tenet.Foundation.Text;

namespace Tenet.CommandLine;

/// <summary>The kinds of values, with the errors of Go's readers.</summary>
internal static class FlagKinds
{
    public static readonly FlagKind<string> Text = new("string", "", ReadText, static value => value) { IsText = true };
    public static readonly FlagKind<bool> Switch = new("", "false", ReadSwitch, static value => value ? "true" : "false") { Alone = "true" };
    public static readonly FlagKind<long> Integer = new("int", "0", ReadInteger, static value => value.ToString(CultureInfo.InvariantCulture));
    public static readonly FlagKind<ulong> Unsigned = new("uint", "0", ReadUnsigned, static value => value.ToString(CultureInfo.InvariantCulture));
    public static readonly FlagKind<uint> Unsigned32 = new("uint32", "0", ReadUnsigned32, static value => value.ToString(CultureInfo.InvariantCulture));
    public static readonly FlagKind<TimeSpan> Duration = new("duration", "0s", ReadDuration, GoDuration.Format);
    public static readonly FlagKind<IReadOnlyList<string>> List = new("strings", "[]", ReadList, CommaList.Format);

    private static string? ReadText(string text, string current, bool isGiven, out string read)
    {
        read = text;
        return null;
    }

    private static string? ReadSwitch(string text, bool current, bool isGiven, out bool read)
    {
        bool? value = GoNumber.Bool(text);
        read = value ?? current;
        return value is null ? Problem("Bool", text, GoNumber.ParseError) : null;
    }

    private static string? ReadInteger(string text, long current, bool isGiven, out long read)
    {
        BigInteger? value = GoNumber.Whole(text, long.MinValue, long.MaxValue, out string? error);
        read = value is null ? current : (long)value.Value;
        return error is null ? null : Problem("Int", text, error);
    }

    private static string? ReadUnsigned(string text, ulong current, bool isGiven, out ulong read) => ReadWhole(text, ulong.MaxValue, current, out read);

    private static string? ReadUnsigned32(string text, uint current, bool isGiven, out uint read)
    {
        string? problem = ReadWhole(text, uint.MaxValue, current, out ulong value);
        read = (uint)value;
        return problem;
    }

    private static string? ReadDuration(string text, TimeSpan current, bool isGiven, out TimeSpan read) =>
        GoDurationReader.TryParse(text, out read, out string error) ? null : error;

    private static string? ReadList(string text, IReadOnlyList<string> current, bool isGiven, out IReadOnlyList<string> read)
    {
        string? problem = CommaList.Read(text, out List<string> values);
        read = problem is null ? (isGiven ? [.. current, .. values] : values) : current;
        return problem;
    }

    private static string? ReadWhole(string text, ulong most, ulong current, out ulong read)
    {
        BigInteger? value = GoNumber.Whole(text, 0, most, out string? error);
        read = value is null ? current : (ulong)value.Value;
        return error is null ? null : Problem("Uint", text, error);
    }

    private static string Problem(string kind, string text, string error) =>
        $"strconv.Parse{kind}: parsing {GoQuote.Text(text)}: {(error == GoNumber.ParseError ? "invalid syntax" : error)}";
}
