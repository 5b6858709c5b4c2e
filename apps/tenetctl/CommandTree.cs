using Tenet.CommandLine;

namespace Tenet.Ctl;

/// <summary>The tool: its commands by group, and what all of them share.</summary>
internal static class CommandTree
{
    public const string Name = "tenetctl";

    public static CommandProgram Create()
    {
        Command root = new(Name, "A simple command line client for etcd3.")
        {
            Groups = [CommandGroups.KeyValue, CommandGroups.Cluster, CommandGroups.Concurrency, CommandGroups.Authentication, CommandGroups.Utility],
        };
        root.Help.IsHidden = true;
        GlobalFlags globals = new(root.PersistentFlags);
        root.Add(DataCommands.Create(globals));
        root.Add(AdministrationCommands.Create(globals));
        return new CommandProgram(root, CommandGroups.Utility)
        {
            HelpEnding = $"Use \"{Name} options\" for a list of global command-line options (applies to all commands).\n",
        };
    }
}
