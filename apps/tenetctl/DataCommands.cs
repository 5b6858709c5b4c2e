using Tenet.CommandLine;
using Tenet.Ctl.Keys;

namespace Tenet.Ctl;

/// <summary>Commands on keys, leases and locks, and about the tool itself.</summary>
internal static class DataCommands
{
    public static Command[] Create(GlobalFlags globals) =>
    [
        PutCommand.Create(globals),
    ];
}
