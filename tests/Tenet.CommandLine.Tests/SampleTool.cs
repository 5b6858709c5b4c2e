namespace Tenet.CommandLine.Tests;

/// <summary>A small tool whose commands say what they were given.</summary>
internal sealed class SampleTool
{
    public SampleTool()
    {
        Command root = new("tool", "A tool.");
        WriteOut = root.PersistentFlags.Text("write-out", 'w', "simple", "set the output format");
        Verbose = root.PersistentFlags.Switch("verbose", 'v', false, "say more");
        Get = new("get [options] <key>", "Gets a key")
        {
            Run = invocation =>
            {
                Seen = invocation;
                return Task.FromResult(0);
            },
        };
        Limit = Get.Flags.Integer("limit", 0, "Maximum number of results");
        Names = Get.Flags.List("names", ["one"], "some names");
        Wait = Get.Flags.Duration("wait", TimeSpan.FromSeconds(2), "how `long` to wait");
        Command snapshot = new("snapshot <subcommand>", "Snapshots");
        Command restore = new("restore <file>", "Restores a snapshot") { Run = static _ => throw new CommandException(5, "broken") };
        DataDirectory = restore.Flags.Text("data-dir", "", "the directory");
        DataDirectory.IsRequired = true;
        snapshot.Add(restore, new Command("status <file>", "Tells of a snapshot") { Run = static _ => Task.FromResult(0) });
        root.Add(Get, snapshot, new Command("secret", "Not listed") { IsHidden = true, Run = static _ => Task.FromResult(9) });
        Program = new(root) { ErrorEnding = static error => $"again: {error}\n" };
    }

    public CommandProgram Program { get; }

    public Command Get { get; }

    public Invocation? Seen { get; private set; }

    public Flag<string> WriteOut { get; }

    public Flag<bool> Verbose { get; }

    public Flag<long> Limit { get; }

    public Flag<IReadOnlyList<string>> Names { get; }

    public Flag<TimeSpan> Wait { get; }

    public Flag<string> DataDirectory { get; }
}
