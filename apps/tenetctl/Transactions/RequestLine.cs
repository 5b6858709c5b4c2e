using Tenet.CommandLine;
using Tenet.Ctl.Keys;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Ctl.Transactions;

/// <summary>A request of a transaction: <c>put</c>, <c>get</c> or <c>del</c> with the arguments and flags of the command.</summary>
internal static class RequestLine
{
    /// <exception cref="CommandException">The line is no request.</exception>
    public static async Task<RequestOp> ParseAsync(string line, Invocation invocation)
    {
        List<string> words = Words.Split(line);
        if (words.Count < 2)
            throw new CommandException(ExitCode.InvalidInput, $"invalid txn compare request: {line}");
        FlagSet set = new();
        try
        {
            // The beginning of a name is enough, as on the command line.
            switch (Array.Find(["put", "get", "del"], name => words[0].Length > 0 && name.StartsWith(words[0], StringComparison.Ordinal)))
            {
                case "put":
                    PutFlags put = new(set);
                    // The input holds the rest of the transaction, not a value.
                    return new() { RequestPut = PutCommand.Request(put, Arguments(), new InputReader(Stream.Null)) };
                case "get":
                    GetFlags get = new(set);
                    return new() { RequestRange = GetCommand.Request(get, Arguments()) };
                case "del":
                    DeleteFlags delete = new(set);
                    return new() { RequestDeleteRange = await DeleteCommand.RequestAsync(delete, Arguments(), invocation) };
            }
        }
        catch (UsageException exception)
        {
            throw new CommandException(ExitCode.InvalidInput, $"invalid txn request: {line}", exception);
        }
        throw new CommandException(ExitCode.InvalidInput, $"invalid txn request: {line}");

        IReadOnlyList<string> Arguments() => set.Parse(words[1..]).Arguments;
    }
}
