using System.Runtime.CompilerServices;
using Google.Protobuf;
using Tenet.Client.Calls;
using Tenet.Client.Calls.Methods;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Client;

/// <summary>
/// Reads and writes keys. Bytes that are given are not copied: leave them as they are until the call has completed.
/// A write whose fate is unknown (its connection broke) is not repeated: its call fails with UNAVAILABLE.
/// </summary>
public sealed class Kv
{
    private const int PageKeys = 1000;

    private readonly ICallInvoker _invoker;
    private readonly CallOptions _options;

    internal Kv(ICallInvoker invoker, CallOptions options) => (_invoker, _options) = (invoker, options);

    /// <summary>One key; null if it does not exist.</summary>
    public Task<KeyValue?> GetAsync(string key, RangeOptions? options = null, CancellationToken cancellation = default) =>
        GetAsync(KeyRange.Single(key), options, cancellation);

    /// <inheritdoc cref="GetAsync(string, RangeOptions?, CancellationToken)"/>
    public Task<KeyValue?> GetAsync(ReadOnlyMemory<byte> key, RangeOptions? options = null, CancellationToken cancellation = default) =>
        GetAsync(KeyRange.Single(key), options, cancellation);

    /// <summary>The keys of a range, in one answer.</summary>
    public async Task<RangeResult> RangeAsync(KeyRange range, RangeOptions? options = null, CancellationToken cancellation = default)
    {
        RangeRequest request = (options ?? RangeOptions.Default).ToRequest(range);
        return RangeResult.From(await _invoker.UnaryAsync(KvMethods.Range, request, _options, cancellation).ConfigureAwait(false));
    }

    /// <summary>The keys of a range page by page, however many they are, all as of one revision.</summary>
    /// <exception cref="CallException">Among others OUT_OF_RANGE: the revision was compacted meanwhile.</exception>
    public async IAsyncEnumerable<KeyValue> ScanAsync(KeyRange range, RangeOptions? options = null, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        RangeOptions page = options ?? RangeOptions.Default;
        page = page.Limit == 0 ? page with { Limit = PageKeys } : page;
        while (true)
        {
            RangeResponse response = await _invoker.UnaryAsync(KvMethods.Range, page.ToRequest(range), _options, cancellation).ConfigureAwait(false);
            foreach (Protocol.Mvccpb.KeyValue item in response.Kvs)
                yield return new KeyValue(item);
            if (!response.More || response.Kvs.Count == 0)
                yield break;
            range = range.After(response.Kvs[^1].Key);
            page = page.Revision == 0 ? page with { Revision = response.Header.Revision } : page;
        }
    }

    /// <summary>Writes a key.</summary>
    public Task<PutResult> PutAsync(string key, string value, PutOptions? options = null, CancellationToken cancellation = default) =>
        PutAsync(Bytes.Of(key), Bytes.Of(value), options, cancellation);

    /// <inheritdoc cref="PutAsync(string, string, PutOptions?, CancellationToken)"/>
    public Task<PutResult> PutAsync(string key, ReadOnlyMemory<byte> value, PutOptions? options = null, CancellationToken cancellation = default) =>
        PutAsync(Bytes.Of(key), Bytes.Of(value), options, cancellation);

    /// <inheritdoc cref="PutAsync(string, string, PutOptions?, CancellationToken)"/>
    public Task<PutResult> PutAsync(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value, PutOptions? options = null, CancellationToken cancellation = default) =>
        PutAsync(Bytes.Of(key), Bytes.Of(value), options, cancellation);

    /// <summary>Deletes a key; whether it existed.</summary>
    public Task<bool> DeleteAsync(string key, CancellationToken cancellation = default) => DeleteOneAsync(KeyRange.Single(key), cancellation);

    /// <inheritdoc cref="DeleteAsync(string, CancellationToken)"/>
    public Task<bool> DeleteAsync(ReadOnlyMemory<byte> key, CancellationToken cancellation = default) => DeleteOneAsync(KeyRange.Single(key), cancellation);

    /// <summary>Deletes the keys of a range, at one revision.</summary>
    /// <param name="range">The range.</param>
    /// <param name="previous">Whether the answer has what was there.</param>
    /// <param name="cancellation">Gives the call up.</param>
    public async Task<DeleteResult> DeleteAsync(KeyRange range, bool previous = false, CancellationToken cancellation = default)
    {
        var request = new DeleteRangeRequest { Key = range.Key, RangeEnd = range.End, PrevKv = previous };
        return DeleteResult.From(await _invoker.UnaryAsync(KvMethods.DeleteRange, request, _options, cancellation).ConfigureAwait(false));
    }

    /// <summary>Begins a transaction: what it does, it does at one revision, or not at all.</summary>
    public Txn Txn() => new(_invoker, _options);

    /// <summary>Forgets the history before a revision.</summary>
    /// <param name="revision">The first that stays.</param>
    /// <param name="physical">Wait until the space is free.</param>
    /// <param name="cancellation">Gives the call up; the compaction goes on.</param>
    public Task CompactAsync(long revision, bool physical = false, CancellationToken cancellation = default) =>
        _invoker.UnaryAsync(KvMethods.Compact, new CompactionRequest { Revision = revision, Physical = physical }, physical ? CallOptions.None : _options, cancellation);

    internal async Task<PutResult> PutAsync(ByteString key, ByteString value, PutOptions? options, CancellationToken cancellation)
    {
        PutRequest request = Operation.PutRequest(key, value, options ?? PutOptions.Default);
        PutResponse response = await _invoker.UnaryAsync(KvMethods.Put, request, _options, cancellation).ConfigureAwait(false);
        return new PutResult(response.Header.Revision, KeyValue.From(response.PrevKv));
    }

    private async Task<KeyValue?> GetAsync(KeyRange key, RangeOptions? options, CancellationToken cancellation)
    {
        RangeRequest request = (options ?? RangeOptions.Default).ToRequest(key);
        RangeResponse response = await _invoker.UnaryAsync(KvMethods.Range, request, _options, cancellation).ConfigureAwait(false);
        return response.Kvs.Count == 0 ? null : new KeyValue(response.Kvs[0]);
    }

    private async Task<bool> DeleteOneAsync(KeyRange key, CancellationToken cancellation) =>
        (await DeleteAsync(key, previous: false, cancellation).ConfigureAwait(false)).Deleted > 0;
}
