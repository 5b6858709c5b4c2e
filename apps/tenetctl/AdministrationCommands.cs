using Tenet.CommandLine;

namespace Tenet.Ctl;

/// <summary>Commands on members, endpoints, maintenance, users and roles.</summary>
internal static class AdministrationCommands
{
    public static Command[] Create(GlobalFlags globals) =>
    [
    ];
}
