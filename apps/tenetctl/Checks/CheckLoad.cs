using Tenet.CommandLine;

namespace Tenet.Ctl.Checks;

/// <summary>How hard a check works, by the names of <c>--load</c>.</summary>
internal static class CheckLoad
{
    public const string Usage = "Accepted workloads: s(small), m(medium), l(large), xl(xLarge)";

    public static IReadOnlyList<string> Words { get; } = ["small", "medium", "large", "xLarge"];

    /// <summary>The one of four that the name means.</summary>
    /// <exception cref="CommandException">There is no such load.</exception>
    public static T Choose<T>(string name, T small, T medium, T large, T extraLarge) => name switch
    {
        "s" or "small" => small,
        "m" or "medium" => medium,
        "l" or "large" => large,
        "xl" or "xLarge" => extraLarge,
        _ => throw new CommandException(ExitCode.BadFeature, $"unknown load option {name}"),
    };
}
