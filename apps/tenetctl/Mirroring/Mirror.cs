using Google.Protobuf;
using Tenet.Client;
using Tenet.Client.Calls;
using Tenet.Client.Calls.Methods;
using Tenet.CommandLine;
using Tenet.Ctl.Connection;
using Tenet.Ctl.Output;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Ctl.Mirroring;

/// <summary>
/// Carries keys from one cluster to another. What one revision changed reaches the destination in one transaction, unless that would
/// hold too many operations.
/// </summary>
internal sealed class Mirror(Session session, TenetClient destination, MirrorFlags flags)
{
    private const long PageSize = 1000;
    private static readonly TimeSpan TotalEvery = TimeSpan.FromSeconds(30);

    private readonly byte[] _prefix = RawText.Encode(flags.Prefix.Value);
    private readonly byte[] _destinationPrefix =
        RawText.Encode(flags.NoDestinationPrefix.Value ? "" : flags.DestinationPrefix.Value.Length > 0 ? flags.DestinationPrefix.Value : flags.Prefix.Value);
    private readonly int _operationsMax = (int)Math.Min(flags.MaxTxnOps.Value, int.MaxValue);
    private readonly TxnRequest _pending = new();
    private long _total;

    public async Task RunAsync()
    {
        using ProgressLine progress = new(session.Console);
        using Timer totals = new(_ => Tell(), null, TotalEvery, TotalEvery);
        long from = flags.Revision.Value > 1 ? flags.Revision.Value : await CopyAsync(progress) + 1;
        await FollowAsync(from, progress);
    }

    private KeyRange Range => _prefix.Length == 0 ? KeyRange.All : KeyRange.Prefix(_prefix);

    /// <summary>Everything as of one revision, which is returned.</summary>
    private async Task<long> CopyAsync(ProgressLine progress)
    {
        long revision = 0;
        ByteString next = _prefix.Length == 0 ? ByteString.CopyFrom(0) : ByteString.CopyFrom(_prefix);
        ByteString end = _prefix.Length == 0 ? ByteString.CopyFrom(0) : Keys.KeyRanges.PrefixEnd(next);
        while (true)
        {
            RangeResponse page = await session.TryCallAsync(
                KvMethods.Range, new() { Key = next, RangeEnd = end, Limit = PageSize, Revision = revision }, CallOptions.None);
            revision = revision == 0 ? page.Header.Revision : revision;
            foreach (Protocol.Mvccpb.KeyValue pair in page.Kvs)
                await PutAsync(pair.Key, pair.Value);
            await CommitAsync();
            progress.Show($"{Interlocked.Read(ref _total)} keys copied");
            if (!page.More)
                return revision;
            next = ByteString.CopyFrom([.. page.Kvs[^1].Key.Span, 0]);
        }
    }

    private async Task FollowAsync(long from, ProgressLine progress)
    {
        await foreach (WatchBatch batch in session.Client.Watch.BatchesAsync(Range, new() { StartRevision = from }, session.Cancellation))
        {
            long revision = 0;
            foreach (WatchEvent change in batch.Events)
            {
                if (change.Item.ModRevision != revision)
                    await CommitAsync();
                revision = change.Item.ModRevision;
                ByteString key = ByteString.CopyFrom(change.Item.Key.Span);
                if (change.Kind == WatchEventKind.Put)
                    await PutAsync(key, ByteString.CopyFrom(change.Item.Value.Span));
                else
                    await AddAsync(new() { RequestDeleteRange = new() { Key = Mirrored(key) } });
            }
            await CommitAsync();
            progress.Show($"{Interlocked.Read(ref _total)} keys and changes copied, up to revision {batch.Revision}");
        }
    }

    private Task PutAsync(ByteString key, ByteString value) => AddAsync(new() { RequestPut = new() { Key = Mirrored(key), Value = value } });

    private ByteString Mirrored(ByteString key) => ByteString.CopyFrom([.. _destinationPrefix, .. key.Span[_prefix.Length..]]);

    private async Task AddAsync(RequestOp operation)
    {
        if (_pending.Success.Count >= _operationsMax)
            await CommitAsync();
        _pending.Success.Add(operation);
        Interlocked.Increment(ref _total);
    }

    private async Task CommitAsync()
    {
        if (_pending.Success.Count == 0)
            return;
        await destination.Invoker.UnaryAsync(KvMethods.Txn, _pending, CallOptions.None, session.Cancellation);
        _pending.Success.Clear();
    }

    private void Tell()
    {
        session.Console.Out.Line($"{Interlocked.Read(ref _total)}");
        session.Console.Out.Flush();
    }
}
