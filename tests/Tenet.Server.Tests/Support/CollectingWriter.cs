using Tenet.Protocol.Calls;

namespace Tenet.Server.Tests.Support;

/// <summary>Keeps what a service streams, in a form that outlives the message.</summary>
internal sealed class CollectingWriter<TMessage, TKept>(Func<TMessage, TKept> keep) : IResponseWriter<TMessage>
{
    private readonly Lock _lock = new();
    private readonly List<TKept> _items = [];

    public IReadOnlyList<TKept> Items
    {
        get
        {
            lock (_lock)
                return [.. _items];
        }
    }

    public ValueTask WriteAsync(TMessage message, CancellationToken cancellation, bool moreFollows = false)
    {
        lock (_lock)
            _items.Add(keep(message));
        return default;
    }
}
