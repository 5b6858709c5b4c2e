using Tenet.Protocol.Mvccpb;

namespace Tenet.Client;

/// <summary>One change of one key.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Item">The key as it is now; after a deletion only the key and the revision of the deletion.</param>
/// <param name="Previous">The key as it was before, if it was asked for, existed, and was not compacted.</param>
public sealed record WatchEvent(WatchEventKind Kind, KeyValue Item, KeyValue? Previous)
{
    internal static WatchEvent From(Event message) =>
        new(message.Type == Event.Types.EventType.Put ? WatchEventKind.Put : WatchEventKind.Delete, new KeyValue(message.Kv), KeyValue.From(message.PrevKv));
}
