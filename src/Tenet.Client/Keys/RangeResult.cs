using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Client;

/// <summary>The answer to a range.</summary>
/// <param name="Revision">The store's revision when it was answered: a watch from the next one on misses nothing.</param>
/// <param name="Items">The keys.</param>
/// <param name="Count">How many keys the range has, whatever the limit.</param>
/// <param name="More">Whether the limit left some out.</param>
public sealed record RangeResult(long Revision, IReadOnlyList<KeyValue> Items, long Count, bool More)
{
    internal static RangeResult From(RangeResponse response) => new(response.Header?.Revision ?? 0, KeyValue.From(response.Kvs), response.Count, response.More);
}
