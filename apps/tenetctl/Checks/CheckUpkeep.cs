using Google.Protobuf;
using Tenet.Client.Calls;
using Tenet.Client.Calls.Methods;
using Tenet.CommandLine;
using Tenet.Ctl.Connection;
using Tenet.Ctl.Keys;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Ctl.Checks;

/// <summary>What a check does before and after its load.</summary>
internal static class CheckUpkeep
{
    private static readonly CallOptions Patient = new() { Timeout = TimeSpan.FromSeconds(30) };

    /// <exception cref="CommandException">There are keys below the prefix, which would be lost at the end.</exception>
    public static async Task RequireEmptyAsync(Session session, string prefix, string quote)
    {
        (ByteString key, ByteString end) = KeyRanges.Of([prefix], prefix: true, fromKey: false);
        RangeResponse found = await session.CallAsync(KvMethods.Range, new() { Key = key, RangeEnd = end, Limit = 1 }, CallOptions.None);
        if (found.Kvs.Count > 0)
            throw new CommandException(ExitCode.InvalidInput, $"prefix {GoQuote.Text(prefix)} has keys. Delete with {quote}{CommandTree.Name} del --prefix {prefix}{quote} first");
    }

    /// <summary>Deletes what the load has written; the revision of that.</summary>
    public static async Task<long> DeleteAsync(Session session, string prefix)
    {
        (ByteString key, ByteString end) = KeyRanges.Of([prefix], prefix: true, fromKey: false);
        return (await session.TryCallAsync(KvMethods.DeleteRange, new() { Key = key, RangeEnd = end }, Patient)).Header.Revision;
    }

    public static async Task CompactAsync(Session session, long revision)
    {
        session.Console.Out.Line($"Compacting with revision {revision}");
        await session.CallAsync(KvMethods.Compact, new() { Revision = revision, Physical = true }, Patient);
        session.Console.Out.Line($"Compacted with revision {revision}");
    }

    public static async Task DefragmentAsync(Session session, Invocation invocation)
    {
        foreach (string endpoint in session.Endpoints)
        {
            session.Console.Out.Line($"Defragmenting {GoQuote.Text(endpoint)}");
            await using Session alone = session.At(endpoint, invocation);
            await alone.CallAsync(MaintenanceMethods.Defragment, new(), Patient);
            session.Console.Out.Line($"Defragmented {GoQuote.Text(endpoint)}");
        }
    }
}
