using System.Net;
using System.Net.Sockets;
using Tenet.Interop.Tests.Processes;

namespace Tenet.Interop.Tests.Clusters;

/// <summary>
/// Stands in front of one member's peer port: the others know only the relay. It passes bytes on in both directions as
/// <see cref="PeerLinks"/> allows.
/// </summary>
internal sealed class PeerRelay : IAsyncDisposable
{
    private const int BufferBytes = 64 << 10;

    private readonly string _owner;
    private readonly PeerLinks _links;
    private readonly Func<IReadOnlyList<ClusterMember>> _members;
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;
    private int _target;

    public PeerRelay(string owner, PeerLinks links, Func<IReadOnlyList<ClusterMember>> members)
    {
        _owner = owner;
        _links = links;
        _members = members;
        Port = Ports.Next();
        _listener = new TcpListener(IPAddress.Loopback, Port);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>Where the member itself listens.</summary>
    public void LeadTo(int port) => _target = port;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        List<Task> connections = [];
        try
        {
            while (true)
            {
                connections.Add(RelayAsync(await _listener.AcceptSocketAsync(_stop.Token)));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task RelayAsync(Socket near)
    {
        using Socket far = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using (near)
        {
            try
            {
                near.NoDelay = true;
                // Whoever is no member, such as a test that asks, passes freely.
                string from = SocketOwner.Of(near, _members()) ?? "";
                await far.ConnectAsync(IPAddress.Loopback, _target, _stop.Token);
                using CancellationTokenSource broken = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
                await Task.WhenAll(PumpAsync(near, far, from, _owner, broken), PumpAsync(far, near, _owner, from, broken));
            }
            catch (Exception failure) when (failure is SocketException or OperationCanceledException)
            {
                // The member does not run, or the test is over: the dialler sees a closed connection.
            }
        }
    }

    private async Task PumpAsync(Socket source, Socket target, string from, string to, CancellationTokenSource broken)
    {
        byte[] buffer = new byte[BufferBytes];
        try
        {
            while (true)
            {
                int read = await source.ReceiveAsync(buffer, broken.Token);
                await _links.PassAsync(from, to, broken.Token);
                if (read == 0)
                    break;
                for (int sent = 0; sent < read;)
                    sent += await target.SendAsync(buffer.AsMemory(sent, read - sent), broken.Token);
            }
            target.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // One end is gone: so is the other.
            await broken.CancelAsync();
        }
    }
}
