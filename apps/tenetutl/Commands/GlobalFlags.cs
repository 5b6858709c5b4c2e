using Tenet.CommandLine;

namespace Tenet.Utl.Commands;

/// <summary>The flags that every command takes (contract/api.md, 10).</summary>
internal sealed class GlobalFlags
{
    public static readonly string[] Formats = ["fields", "json", "protobuf", "simple", "table"];

    public GlobalFlags(FlagSet flags)
    {
        Timeout = flags.Duration("timeout", TimeSpan.FromSeconds(10), "time to wait to obtain a file lock on db file, 0 to block indefinitely");
        WriteOut = flags.Text("write-out", 'w', "simple", "set the output format (fields, json, protobuf, simple, table)");
        WriteOut.Words = Formats;
    }

    public Flag<TimeSpan> Timeout { get; }

    public Flag<string> WriteOut { get; }

    /// <summary>How long to wait for the lock; null for as long as it takes.</summary>
    public TimeSpan? LockTimeout => Timeout.Value == TimeSpan.Zero ? null : Timeout.Value;

    /// <summary>The output format.</summary>
    /// <exception cref="CommandException">The command has none of this name.</exception>
    public string Format(params ReadOnlySpan<string> supported)
    {
        if (supported.Contains(WriteOut.Value))
            return WriteOut.Value;
        throw new CommandException(
            ExitCode.BadFeature, Formats.Contains(WriteOut.Value) ? $"{WriteOut.Value} not supported as output format" : "unsupported output format");
    }
}
