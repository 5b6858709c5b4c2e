using System.Numerics;
using Tenet.Foundation;
using Tenet.Foundation.Logging;
using Tenet.Foundation.Text;
using Tenet.Server;

namespace Tenet.App.CommandLine;

/// <summary>The values of all flags: what was given, else the default. Only well-formed values get in.</summary>
internal sealed class FlagValues
{
    private readonly Dictionary<string, string> _given = new(StringComparer.Ordinal);

    /// <summary>Whether the values come from a configuration file, which is told less strictly which listeners need what.</summary>
    public bool AreFromFile { get; init; }

    /// <summary>Older names under which flags were given, in the order of their first use.</summary>
    public List<Flag> OldNames { get; } = [];

    /// <summary>Whether the flag was given, on the command line, by a variable or in the file.</summary>
    public bool IsGiven(string name) => _given.ContainsKey(FlagTable.Find(name)?.AliasOf ?? name);

    /// <summary>Sets a value; the answer is what is wrong with it, in Go's words, or null.</summary>
    public string? Set(Flag flag, string value)
    {
        string? problem = flag.Kind switch
        {
            FlagKind.Switch => GoNumber.Bool(value) is null ? GoNumber.ParseError : null,
            FlagKind.Unsigned => UnsignedProblem(flag, value),
            FlagKind.Integer => GoNumber.Whole(value, long.MinValue, long.MaxValue, out string? error) is null ? error : null,
            FlagKind.Duration => GoDurationReader.TryParse(value, out _, out _) ? null : GoNumber.ParseError,
            FlagKind.Urls => UrlsProblem(flag, value),
            FlagKind.Choice => flag.Choices.Contains(value) ? null : "invalid value",
            _ => null,
        };
        if (problem is null)
        {
            if ((flag.AliasOf ?? flag.Gate) is not null && !OldNames.Contains(flag))
                OldNames.Add(flag);
            _given[flag.AliasOf ?? flag.Name] = value;
        }
        return problem;
    }

    public string Text(string name) => _given.GetValueOrDefault(name) ?? Default(name);

    public bool Switch(string name) => GoNumber.Bool(Text(name))!.Value;

    public ulong Unsigned(string name) => (ulong)GoNumber.Whole(Text(name), 0, ulong.MaxValue, out _)!.Value;

    public long Integer(string name) => (long)GoNumber.Whole(Text(name), long.MinValue, long.MaxValue, out _)!.Value;

    public TimeSpan Duration(string name)
    {
        bool isDuration = GoDurationReader.TryParse(Text(name), out TimeSpan value, out _);
        Invariant.That(isDuration, $"--{name} holds no duration");
        return value;
    }

    /// <summary>The URLs of a flag, sorted as etcd sorts them, each once.</summary>
    public IReadOnlyList<EtcdUrl> Urls(string name) => Text(name) is { Length: > 0 } text ? EtcdUrl.ParseList(text) : [];

    private static string Default(string name) => FlagTable.Find(name)!.Default;

    private static string? UnsignedProblem(Flag flag, string value)
    {
        BigInteger? number = GoNumber.Whole(value, 0, flag.Maximum, out string? problem);
        if (number is not null || flag.Maximum == ulong.MaxValue)
            return problem;
        string reason = problem == GoNumber.ParseError ? "invalid syntax" : problem!;
        return $"strconv.ParseUint: parsing \"{value}\": {reason}";
    }

    private static string? UrlsProblem(Flag flag, string value)
    {
        // An empty list is what "not set" looks like, which the flags without a default allow.
        if (value.Length == 0 && flag.Default.Length == 0)
            return null;
        // And where the default is no list of URLs, that is the one exception.
        if (value == "*" && flag.Default == value)
            return null;
        try
        {
            EtcdUrl.ParseList(value);
            return null;
        }
        catch (FormatException problem)
        {
            return problem.Message;
        }
    }
}
