using System.Net.Sockets;

namespace Tenet.Peer.Sending;

/// <summary>
/// Whether the process of a member has ended (docs/adr/0003): a connection was lost, and every address refuses one since. Any other failure says nothing,
/// neither way: a process that ends may still accept a connection and reset it.
/// </summary>
internal sealed class EndEvidence
{
    // Refusals since the last connection; negative while there was none, and when somebody has answered since.
    private int _refusals = -1;

    /// <summary>A connection is open.</summary>
    public void OnConnected() => _refusals = 0;

    /// <summary>Somebody lives there, who wants no connection.</summary>
    public void OnAnswer() => _refusals = -1;

    /// <summary>An attempt to connect has failed.</summary>
    /// <returns>Whether the process has ended; said once.</returns>
    public bool OnFailure(Exception failure, int addresses)
    {
        if (_refusals < 0 || failure.GetBaseException() is not SocketException { SocketErrorCode: SocketError.ConnectionRefused })
            return false;
        if (++_refusals < addresses)
            return false;
        _refusals = -1;
        return true;
    }
}
