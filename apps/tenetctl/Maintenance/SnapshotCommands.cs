using Tenet.CommandLine;
using Tenet.Ctl.Connection;

namespace Tenet.Ctl.Maintenance;

/// <summary><c>snapshot</c> and what stands below it.</summary>
internal static class SnapshotCommands
{
    public static Command Create(GlobalFlags globals) => new Command("snapshot <subcommand>", "Manages etcd node snapshots")
    {
        Group = CommandGroups.Cluster,
    }.Add(Save(globals));

    private static Command Save(GlobalFlags globals) => new("save <filename>", "Stores an etcd node backend snapshot to a given file")
    {
        Example = """
              # The database of one member, as it is now
              tenetctl --endpoints=127.0.0.1:2379 snapshot save /backup/etcd-snapshot.db

              # From a member that asks for certificates
              tenetctl --endpoints=https://127.0.0.1:2379 --cacert=/etc/etcd/ca.crt --cert=/etc/etcd/etcd.crt --key=/etc/etcd/etcd.key snapshot save /backup/etcd-snapshot.db

              # No longer than a minute
              tenetctl --command-timeout=1m snapshot save /backup/etcd-snapshot.db
            """,
        Run = async invocation =>
        {
            if (invocation.Arguments.Count != 1)
                throw new CommandException(ExitCode.BadArguments, "snapshot save expects one argument <filename>");
            string path = invocation.Arguments[0];
            await using Session session = await Session.OpenAsync(globals, invocation);
            if (session.Endpoints.Count != 1)
                throw new CommandException(ExitCode.Interrupted, $"snapshot must be requested to one selected node, not multiple [{string.Join(' ', session.Endpoints)}]");
            // However long the transfer takes, unless somebody said how long it may.
            TimeSpan? limit = globals.CommandTimeout.IsGiven ? globals.CommandTimeout.Value : null;
            string version = await new SnapshotDownload(session, path).RunAsync(new() { Timeout = limit });
            invocation.Console.Out.Line($"Snapshot saved at {path}");
            if (version.Length > 0)
                invocation.Console.Out.Line($"Server version {version}");
            return ExitCode.Success;
        },
    };
}
