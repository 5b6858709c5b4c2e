using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Client;

/// <summary>The answer to a deletion.</summary>
/// <param name="Revision">The store's revision afterwards.</param>
/// <param name="Deleted">How many keys there were.</param>
/// <param name="Previous">Those keys, if they were asked for.</param>
public sealed record DeleteResult(long Revision, long Deleted, IReadOnlyList<KeyValue> Previous)
{
    internal static DeleteResult From(DeleteRangeResponse response) => new(response.Header?.Revision ?? 0, response.Deleted, KeyValue.From(response.PrevKvs));
}
