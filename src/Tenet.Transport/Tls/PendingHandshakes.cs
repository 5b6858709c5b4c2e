using Microsoft.AspNetCore.Connections;

namespace Tenet.Transport.Tls;

/// <summary>
/// The handshakes under way, of which there is a largest number. Beyond it the oldest gives way: a handshake takes milliseconds, so the oldest
/// of many is one that its caller does not mean to finish, and whoever comes now is still served.
/// </summary>
internal sealed class PendingHandshakes(int max)
{
    private readonly LinkedList<ConnectionContext> _pending = new();
    private readonly Lock _lock = new();

    public LinkedListNode<ConnectionContext> Enter(ConnectionContext connection)
    {
        ConnectionContext? oldest = null;
        LinkedListNode<ConnectionContext> entry;
        lock (_lock)
        {
            if (_pending.Count >= max)
            {
                oldest = _pending.First!.Value;
                _pending.RemoveFirst();
            }
            entry = _pending.AddLast(connection);
        }
        oldest?.Abort(new ConnectionAbortedException("too many handshakes at once"));
        return entry;
    }

    /// <summary>False if the handshake had to give way.</summary>
    public bool Leave(LinkedListNode<ConnectionContext> entry)
    {
        lock (_lock)
        {
            if (entry.List is null)
                return false;
            _pending.Remove(entry);
            return true;
        }
    }
}
