using Tenet.Client.Calls;
using Tenet.Client.Calls.Methods;
using Tenet.CommandLine;
using Tenet.Ctl.Connection;
using Tenet.Ctl.Output;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Ctl.Keys;

/// <summary><c>get</c>, as a command and as a line of a transaction.</summary>
internal static class GetCommand
{
    public static Command Create(GlobalFlags globals)
    {
        Command command = new("get [options] <key> [range_end]", "Gets the key or a range of keys") { Group = CommandGroups.KeyValue };
        GetFlags flags = new(command.Flags);
        command.Run = async invocation =>
        {
            RangeRequest request = Request(flags, invocation.Arguments);
            await using Session session = await Session.OpenAsync(globals, invocation);
            RangeResponse response = flags.Stream.Value ? await StreamedAsync(session, request) : await session.CallAsync(KvMethods.Range, request);
            if (flags.CountOnly.Value && session.Display.Format != OutputFormat.Fields)
                throw new CommandException(ExitCode.BadArguments, "--count-only is only for `--write-out=fields`");
            if (flags.PrintValueOnly.Value && session.Display.Format != OutputFormat.Simple)
                throw new CommandException(ExitCode.BadArguments, "print-value-only is only for `--write-out=simple`");
            session.Display.ValuesOnly = flags.PrintValueOnly.Value;
            session.Display.Show(KeyReports.Get(response));
            return ExitCode.Success;
        };
        return command;
    }

    /// <summary>The request that arguments and flags make.</summary>
    /// <exception cref="CommandException">They make none.</exception>
    public static RangeRequest Request(GetFlags flags, IReadOnlyList<string> arguments)
    {
        if (arguments.Count == 0)
            throw new CommandException(ExitCode.BadArguments, "get command needs one argument as key and an optional argument as range_end");
        KeyRanges.CheckFlags(flags.Prefix.Value, flags.FromKey.Value);
        if (flags.KeysOnly.Value && flags.CountOnly.Value)
            throw new CommandException(ExitCode.BadArguments, "`--keys-only` and `--count-only` cannot be set at the same time, choose one");
        bool serializable = Consistency.IsSerializable(flags.Consistency.Value);
        (Google.Protobuf.ByteString key, Google.Protobuf.ByteString end) = KeyRanges.Of(arguments, flags.Prefix.Value, flags.FromKey.Value);
        RangeRequest request = new()
        {
            Key = key,
            RangeEnd = end,
            Serializable = serializable,
            Limit = flags.Limit.Value,
            Revision = Math.Max(0, flags.Revision.Value),
            SortOrder = Order(flags.Order.Value),
            SortTarget = Target(flags.SortBy.Value),
            KeysOnly = flags.KeysOnly.Value,
            CountOnly = flags.CountOnly.Value,
            MinCreateRevision = Math.Max(0, flags.MinCreateRevision.Value),
            MaxCreateRevision = Math.Max(0, flags.MaxCreateRevision.Value),
            MinModRevision = Math.Max(0, flags.MinModRevision.Value),
            MaxModRevision = Math.Max(0, flags.MaxModRevision.Value),
        };
        // Members answer by key anyway, and then need not fetch everything in order to sort it.
        if (request is { SortOrder: RangeRequest.Types.SortOrder.Ascend, SortTarget: RangeRequest.Types.SortTarget.Key })
            request.SortOrder = RangeRequest.Types.SortOrder.None;
        CheckRevisions("Create", flags.MinCreateRevision.Value, flags.MaxCreateRevision.Value);
        CheckRevisions("Mod", flags.MinModRevision.Value, flags.MaxModRevision.Value);
        return request;
    }

    private static async Task<RangeResponse> StreamedAsync(Session session, RangeRequest request)
    {
        try
        {
            RangeResponse whole = new();
            await foreach (RangeStreamResponse part in session.Calls.ServerStreamAsync(KvMethods.RangeStream, request, session.Bounded, session.Cancellation))
                whole.MergeFrom(part.RangeResponse);
            return whole;
        }
        catch (CallException exception)
        {
            throw session.Judged(exception);
        }
    }

    private static RangeRequest.Types.SortOrder Order(string text) => text.ToUpperInvariant() switch
    {
        "ASCEND" => RangeRequest.Types.SortOrder.Ascend,
        "DESCEND" => RangeRequest.Types.SortOrder.Descend,
        "" => RangeRequest.Types.SortOrder.None,
        _ => throw new CommandException(ExitCode.BadFeature, $"bad sort order {text}"),
    };

    private static RangeRequest.Types.SortTarget Target(string text) => text.ToUpperInvariant() switch
    {
        "CREATE" => RangeRequest.Types.SortTarget.Create,
        "KEY" or "" => RangeRequest.Types.SortTarget.Key,
        "MODIFY" => RangeRequest.Types.SortTarget.Mod,
        "VALUE" => RangeRequest.Types.SortTarget.Value,
        "VERSION" => RangeRequest.Types.SortTarget.Version,
        _ => throw new CommandException(ExitCode.BadFeature, $"bad sort target {text}"),
    };

    private static void CheckRevisions(string kind, long least, long most)
    {
        if (most > 0 && least > most)
            throw new CommandException(ExitCode.BadFeature, $"getMin{kind}Rev(={least}) > getMax{kind}Rev(={most})");
    }
}
