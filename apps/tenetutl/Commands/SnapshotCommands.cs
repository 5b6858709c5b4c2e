using System.Globalization;
using Tenet.CommandLine;
using Tenet.Foundation.Files;
using Tenet.Foundation.Text;
using Tenet.Utl.Output;
using Tenet.Utl.Snapshots;

namespace Tenet.Utl.Commands;

/// <summary><c>snapshot status</c> and <c>snapshot restore</c> (contract/api.md, 10.2 and 10.3).</summary>
internal static class SnapshotCommands
{
    private const string DefaultName = "default";
    private const string DefaultPeerUrl = "http://localhost:2380";
    private const ulong DefaultMapBytes = 10UL << 30;

    public static Command Create(IFileSystem files, GlobalFlags globals) =>
        new Command("snapshot <subcommand>", "Manages etcd node snapshots").Add(Status(files, globals), Restore(files));

    private static Command Status(IFileSystem files, GlobalFlags globals) => new("status <filename>", "Gets backend snapshot status of a given file")
    {
        Description = """
            When --write-out is set to simple, this command prints out comma-separated status lists for each endpoint.
            The items in the lists are hash, revision, total keys, total size, version.
            """,
        Run = invocation => Task.FromResult(CommandTree.Guarded(() =>
        {
            if (invocation.Arguments.Count != 1)
                throw new CommandException(ExitCode.BadArguments, "snapshot status requires exactly one argument");
            DataDirectory.RequireFile(files, invocation.Arguments[0]);
            string format = globals.Format("simple", "json", "fields", "table");
            Write(new SnapshotStatusReader(files, globals.LockTimeout).Read(invocation.Arguments[0]), format, invocation.Console.Out);
            return ExitCode.Success;
        })),
    };

    private static Command Restore(IFileSystem files)
    {
        Command command = new("restore <filename> --data-dir {output dir} [options]", "Restores an etcd member snapshot to an etcd directory");
        Flag<string> dataDirectory = command.Flags.Text("data-dir", "", "Path to the output data directory");
        Flag<string> walDirectory = command.Flags.Text("wal-dir", "", "Path to the WAL directory (use --data-dir if none given)");
        Flag<string> cluster = command.Flags.Text("initial-cluster", $"{DefaultName}={DefaultPeerUrl}", "Initial cluster configuration for restore bootstrap");
        Flag<string> token = command.Flags.Text("initial-cluster-token", "etcd-cluster", "Initial cluster token for the etcd cluster during restore bootstrap");
        Flag<string> peerUrls = command.Flags.Text("initial-advertise-peer-urls", DefaultPeerUrl, "List of this member's peer URLs to advertise to the rest of the cluster");
        Flag<string> name = command.Flags.Text("name", DefaultName, "Human-readable name for this member");
        Flag<bool> skipHashCheck = command.Flags.Switch("skip-hash-check", false, "Ignore snapshot integrity hash value (required if copied from data directory)");
        Flag<ulong> mapBytes = command.Flags.Unsigned(
            "initial-memory-map-size", DefaultMapBytes, "Initial memory map size of the database in bytes. It uses the default value if not defined or defined to 0");
        Flag<ulong> bump = command.Flags.Unsigned("bump-revision", 0, "How much to increase the latest revision after restore");
        Flag<bool> markCompacted = command.Flags.Switch(
            "mark-compacted", false, "Mark the latest revision after restore as the point of scheduled compaction (required if --bump-revision > 0, disallowed otherwise)");
        command.Run = async invocation =>
        {
            if (invocation.Arguments.Count != 1)
                throw new CommandException(ExitCode.BadArguments, "snapshot restore requires exactly one argument");
            if (bump.Value > 0 != markCompacted.Value)
                throw new CommandException(ExitCode.BadArguments, "--mark-compacted required if --revision-bump > 0");
            var options = new RestoreOptions
            {
                Snapshot = invocation.Arguments[0],
                Name = name.Value,
                DataDirectory = dataDirectory.Value.Length > 0 ? dataDirectory.Value : name.Value + ".etcd",
                WalDirectory = walDirectory.Value,
                InitialCluster = cluster.Value,
                InitialClusterToken = token.Value,
                AdvertisePeerUrls = peerUrls.Value,
                SkipHashCheck = skipHashCheck.Value,
                InitialMapBytes = mapBytes.Value,
                RevisionBump = bump.Value,
            };
            IProgressLine progress = ProgressLine.Of(invocation.Console);
            using var line = progress as IDisposable;
            try
            {
                await new SnapshotRestore(files, CommandTree.Log(invocation), progress).RunAsync(options);
                return ExitCode.Success;
            }
            catch (Exception failure) when (failure is UtlException or IOException or UnauthorizedAccessException or TimeoutException)
            {
                throw new CommandException(ExitCode.Error, failure.Message, failure);
            }
        };
        return command;
    }

    private static void Write(SnapshotStatus status, string format, OutputWriter output)
    {
        string[] row =
        [
            status.Hash.ToString("x", CultureInfo.InvariantCulture),
            status.Revision.ToString(CultureInfo.InvariantCulture),
            status.TotalKeys.ToString(CultureInfo.InvariantCulture),
            ByteCounts.Format(status.TotalSize),
            status.Version,
        ];
        switch (format)
        {
            case "simple":
                output.Line(string.Join(", ", row));
                break;
            case "table":
                output.Write(TextTable.Draw(["hash", "revision", "total keys", "total size", "version"], [row]));
                break;
            case "fields":
                output.Line($"\"Hash\" : {status.Hash}");
                output.Line($"\"Revision\" : {status.Revision}");
                output.Line($"\"Keys\" : {status.TotalKeys}");
                output.Line($"\"Size\" : {status.TotalSize}");
                output.Line($"\"Version\" : {status.Version}");
                break;
            default:
                output.Line(new GoJsonWriter().BeginObject()
                    .Name("hash").Number((ulong)status.Hash)
                    .Name("revision").Number(status.Revision)
                    .Name("totalKey").Number(status.TotalKeys)
                    .Name("totalSize").Number(status.TotalSize)
                    .Name("version").Text(status.Version)
                    .EndObject().ToString());
                break;
        }
    }
}
