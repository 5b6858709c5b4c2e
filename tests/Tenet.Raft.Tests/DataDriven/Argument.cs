using System.Globalization;

namespace Tenet.Raft.Tests.DataDriven;

/// <summary>One argument of a command: a key alone, or with values.</summary>
internal sealed record Argument(string Key, IReadOnlyList<string> Values)
{
    public string Value => Values.Count == 1 ? Values[0] : throw new FormatException($"argument {Key} has {Values.Count} values");

    public ulong Number => Parse(Value);

    public bool Flag => Value switch
    {
        "1" or "t" or "T" or "TRUE" or "true" or "True" => true,
        "0" or "f" or "F" or "FALSE" or "false" or "False" => false,
        _ => throw new FormatException($"{Value} is no truth value"),
    };

    public static ulong Parse(string text) => ulong.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
}
