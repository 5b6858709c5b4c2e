using Tenet.CommandLine;
using Tenet.Ctl.Checks;
using Tenet.Ctl.Keys;
using Tenet.Ctl.Leases;
using Tenet.Ctl.Mirroring;
using Tenet.Ctl.Recipes;
using Tenet.Ctl.Tool;
using Tenet.Ctl.Transactions;
using Tenet.Ctl.Watching;

namespace Tenet.Ctl;

/// <summary>Commands on keys, leases and locks, and about the tool itself.</summary>
internal static class DataCommands
{
    public static Command[] Create(GlobalFlags globals) =>
    [
        GetCommand.Create(globals),
        PutCommand.Create(globals),
        DeleteCommand.Create(globals),
        TxnCommand.Create(globals),
        CompactionCommand.Create(globals),
        WatchCommand.Create(globals),
        LeaseCommand.Create(globals),
        LockCommand.Create(globals),
        ElectCommand.Create(globals),
        MakeMirrorCommand.Create(globals),
        CheckCommand.Create(globals),
        VersionCommand.Create(),
        OptionsCommand.Create(globals),
        CompletionCommand.Create(CommandTree.Name, CommandGroups.Utility),
    ];
}
