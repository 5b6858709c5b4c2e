using Tenet.CommandLine;

namespace Tenet.Ctl.Watching;

/// <summary>The variables that stand for the arguments of <c>watch</c>.</summary>
internal sealed record WatchVariables(string Key, string RangeEnd)
{
    public const string KeyName = "ETCDCTL_WATCH_KEY";
    public const string RangeEndName = "ETCDCTL_WATCH_RANGE_END";

    /// <exception cref="CommandException">There is an end without a key.</exception>
    public static WatchVariables OfProcess()
    {
        string key = Environment.GetEnvironmentVariable(KeyName) ?? "";
        string end = Environment.GetEnvironmentVariable(RangeEndName) ?? "";
        return key.Length == 0 && end.Length > 0
            ? throw new CommandException(ExitCode.BadArguments, $"{KeyName} is empty but got {RangeEndName}={GoQuote.Text(end)}")
            : new(key, end);
    }
}
