using Tenet.Client.Calls;
using Tenet.Client.Calls.Methods;
using Tenet.CommandLine;
using Tenet.Ctl.Connection;
using Tenet.Ctl.Keys;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Ctl.Transactions;

/// <summary><c>txn</c>: conditions and requests come over standard input, each block ended by an empty line.</summary>
internal static class TxnCommand
{
    public static Command Create(GlobalFlags globals)
    {
        Command command = new("txn [options]", "Txn processes all the requests in one transaction")
        {
            Group = CommandGroups.KeyValue,
            Description = """
                Reads a transaction from standard input and carries it out as one.

                It has three blocks, each ended by an empty line: the conditions, the requests if all of them hold, and the requests if not.

                  mod("key1") > "0"

                  put key1 "overwritten"

                  put key1 "created"
                  put key2 "some extra key"

                A condition is target("key") operator "value", with a target of ver, create, mod, val or lease and an operator of =, !=, < or >.
                """,
        };
        Flag<bool> interactive = command.Flags.Switch("interactive", 'i', false, "Input transaction in interactive mode");
        command.Run = async invocation =>
        {
            if (invocation.Arguments.Count > 0)
                throw new CommandException(ExitCode.BadArguments, "txn command does not accept argument");
            await using Session session = await Session.OpenAsync(globals, invocation);
            TxnRequest request = await ReadAsync(invocation, interactive.Value);
            session.Display.Show(KeyReports.Txn(await session.CallAsync(KvMethods.Txn, request, CallOptions.None)));
            return ExitCode.Success;
        };
        return command;
    }

    private static async Task<TxnRequest> ReadAsync(Invocation invocation, bool prompts)
    {
        TxnRequest request = new();
        Prompt("compares:");
        foreach (string line in Block(invocation.Console.In))
            request.Compare.Add(ConditionLine.Parse(line));
        Prompt("success requests (get, put, del):");
        foreach (string line in Block(invocation.Console.In))
            request.Success.Add(await RequestLine.ParseAsync(line, invocation));
        Prompt("failure requests (get, put, del):");
        foreach (string line in Block(invocation.Console.In))
            request.Failure.Add(await RequestLine.ParseAsync(line, invocation));
        return request;

        void Prompt(string text)
        {
            if (!prompts)
                return;
            invocation.Console.Out.Line(text);
            invocation.Console.Out.Flush();
        }
    }

    /// <summary>The lines up to the next empty one. What is wrong with a line is told before the next is read.</summary>
    private static IEnumerable<string> Block(InputReader input)
    {
        while (true)
        {
            string line = input.ReadLine(out bool ended);
            if (ended)
                throw new CommandException(ExitCode.InvalidInput, "EOF");
            line = line.Trim();
            if (line.Length == 0)
                yield break;
            yield return line;
        }
    }
}
