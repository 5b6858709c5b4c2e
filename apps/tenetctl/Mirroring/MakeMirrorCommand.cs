using Tenet.Client;
using Tenet.Client.Calls;
using Tenet.CommandLine;
using Tenet.Ctl.Connection;
using Tenet.Protocol.Errors;

namespace Tenet.Ctl.Mirroring;

/// <summary><c>make-mirror</c>: copies what is there, then every change, until it is stopped.</summary>
internal static class MakeMirrorCommand
{
    public static Command Create(GlobalFlags globals)
    {
        Command command = new("make-mirror [options] <destination>", "Makes a mirror at the destination etcd cluster") { Group = CommandGroups.Utility };
        MirrorFlags flags = new(command.Flags);
        command.Run = async invocation =>
        {
            if (invocation.Arguments.Count != 1)
                throw new CommandException(ExitCode.BadArguments, "make-mirror takes one destination argument");
            if (flags.NoDestinationPrefix.Value && flags.DestinationPrefix.Value.Length > 0)
                throw new CommandException(ExitCode.BadArguments, "`--dest-prefix` and `--no-dest-prefix` cannot be set at the same time, choose one");
            await using Session session = await Session.OpenAsync(globals, invocation);
            await using TenetClient destination = session.ClientFor(
                invocation.Arguments[0],
                new(flags.Cert.Value, flags.Key.Value, flags.CaCert.Value, SkipVerify: false, flags.InsecureTransport.Value),
                UserFlags.Of(flags.User.Value, flags.Password.Value, "Destination Password: ", session.Console));
            try
            {
                await new Mirror(session, destination, flags).RunAsync();
            }
            catch (CallException exception)
            {
                throw session.Judged(exception);
            }
            catch (CompactedException exception)
            {
                throw new CommandException(ExitCode.Error, EtcdErrors.Compacted.Message, exception);
            }
            return ExitCode.Success;
        };
        return command;
    }
}
