using Google.Protobuf;
using Tenet.Client.Calls.Methods;
using Tenet.CommandLine;
using Tenet.Ctl.Connection;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Ctl.Keys;

/// <summary><c>put</c>, as a command and as a line of a transaction.</summary>
internal static class PutCommand
{
    private const string ArgumentsWanted = "put command needs 1 argument and input from stdin or 2 arguments";

    public static Command Create(GlobalFlags globals)
    {
        Command command = new("put [options] <key> <value> (<value> can also be given from stdin)", "Puts the given key into the store")
        {
            Group = CommandGroups.KeyValue,
            Description = """
                Puts the given key into the store.

                A value that begins with '-' would be taken for a flag; '--' ends the flags:

                  $ put <key> -- <value>
                  $ put -- <key> <value>

                Without <value>, and without '--ignore-value', the value is what standard input holds:

                  $ put <key> < file
                """,
        };
        PutFlags flags = new(command.Flags);
        command.Run = async invocation =>
        {
            PutRequest request = Request(flags, invocation.Arguments, invocation.Console.In);
            await using Session session = await Session.OpenAsync(globals, invocation);
            session.Display.Show(KeyReports.Put(await session.CallAsync(KvMethods.Put, request)));
            return ExitCode.Success;
        };
        return command;
    }

    /// <summary>The request that arguments and flags make.</summary>
    /// <exception cref="CommandException">They make none.</exception>
    public static PutRequest Request(PutFlags flags, IReadOnlyList<string> arguments, InputReader input)
    {
        if (arguments.Count == 0)
            throw new CommandException(ExitCode.BadArguments, ArgumentsWanted);
        if (flags.IgnoreValue.Value && arguments.Count > 1)
            throw new CommandException(ExitCode.BadArguments, "put command needs only 1 argument when 'ignore-value' is set");
        PutRequest request = new()
        {
            Key = Bytes.Of(arguments[0]),
            PrevKv = flags.PreviousPair.Value,
            IgnoreValue = flags.IgnoreValue.Value,
            IgnoreLease = flags.IgnoreLease.Value,
        };
        if (!flags.IgnoreValue.Value)
            request.Value = arguments.Count > 1 ? Bytes.Of(arguments[1]) : FromInput(input);
        request.Lease = LeaseText.Parse(flags.Lease.Value);
        return request;
    }

    private static ByteString FromInput(InputReader input) =>
        input.ReadAll() is { Length: > 0 } value ? UnsafeByteOperations.UnsafeWrap(value) : throw new CommandException(ExitCode.BadArguments, ArgumentsWanted);
}
