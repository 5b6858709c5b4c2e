using Tenet.Client.Discovery;
using Tenet.CommandLine;

namespace Tenet.Ctl;

/// <summary>The tool: its commands by group, and what all of them share.</summary>
internal static class CommandTree
{
    public const string Name = "tenetctl";

    /// <param name="records">Who is asked for a cluster in DNS; null for the system's servers.</param>
    public static CommandProgram Create(SrvRecords? records = null)
    {
        Command root = new(Name, "A simple command line client for etcd3.")
        {
            Groups = [CommandGroups.KeyValue, CommandGroups.Cluster, CommandGroups.Concurrency, CommandGroups.Authentication, CommandGroups.Utility],
        };
        root.Help.IsHidden = true;
        GlobalFlags globals = new(root.PersistentFlags, () => records ?? SrvRecords.OfSystem());
        root.Add(DataCommands.Create(globals));
        root.Add(AdministrationCommands.Create(globals));
        return new CommandProgram(root, CommandGroups.Utility)
        {
            HelpEnding = $"Use \"{Name} options\" for a list of global command-line options (applies to all commands).\n",
        };
    }
}
