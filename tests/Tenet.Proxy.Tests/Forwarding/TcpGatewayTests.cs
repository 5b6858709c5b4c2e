using System.Net;
using System.Net.Sockets;
using System.Text;
using Tenet.Proxy.Forwarding;
using Tenet.Proxy.Tests.Support;

namespace Tenet.Proxy.Tests.Forwarding;

public sealed class TcpGatewayTests
{
    private static readonly IPEndPoint AnyPort = new(IPAddress.Loopback, 0);

    [Fact]
    public async Task Servers_take_turns_and_one_that_is_away_gets_nobody_until_it_is_back()
    {
        using NamingServer a = new("a", 0);
        NamingServer b = new("b", 0);
        await using TcpGateway gateway = TcpGateway.Start(AnyPort, [a.EndPoint, b.EndPoint], TimeSpan.FromMilliseconds(20));
        Assert.Equal(["a", "a", "b", "b"], (await AskAsync(gateway, 4)).Order());
        b.Dispose();
        Assert.Equal(["a", "a", "a"], await AskAsync(gateway, 3));
        using NamingServer again = new("b", b.EndPoint.Port);
        using CancellationTokenSource patience = new(ProxyBed.Patience);
        while ((await AskAsync(gateway, 2)).Order().ToArray() is not ["a", "b"])
            patience.Token.ThrowIfCancellationRequested();
        await ProxyBed.EventuallyAsync(() => gateway.ConnectionCount == 0, "connections are left over");
    }

    [Fact]
    public async Task Who_has_said_everything_still_gets_the_answer()
    {
        using TcpListener server = new(AnyPort);
        server.Start();
        await using TcpGateway gateway = TcpGateway.Start(AnyPort, [Of(server)], TimeSpan.FromMinutes(1));
        using TcpClient client = new();
        await client.ConnectAsync(gateway.ListenAddress);
        using TcpClient accepted = await server.AcceptTcpClientAsync();
        await using NetworkStream stream = client.GetStream();
        byte[] request = new byte[1_000_000];
        Random.Shared.NextBytes(request);
        Task sending = SendAndEndAsync(client, request);
        using MemoryStream received = new();
        await accepted.GetStream().CopyToAsync(received).WaitAsync(ProxyBed.Patience);
        await sending;
        Assert.Equal(request, received.ToArray());
        await accepted.GetStream().WriteAsync("answer"u8.ToArray());
        accepted.Close();
        using StreamReader answer = new(stream);
        Assert.Equal("answer", await answer.ReadToEndAsync().WaitAsync(ProxyBed.Patience));
        await ProxyBed.EventuallyAsync(() => gateway.ConnectionCount == 0, "the connection is left over");
    }

    [Fact]
    public async Task Without_a_server_a_connection_is_closed_and_stopping_closes_all()
    {
        using TcpListener server = new(AnyPort);
        server.Start();
        TcpGateway gateway = TcpGateway.Start(AnyPort, [Of(server)], TimeSpan.FromMinutes(1));
        using TcpClient open = new();
        await open.ConnectAsync(gateway.ListenAddress);
        using TcpClient accepted = await server.AcceptTcpClientAsync();
        server.Stop();
        using TcpClient refused = new();
        await refused.ConnectAsync(gateway.ListenAddress);
        Assert.True(await IsClosedAsync(refused));
        await gateway.DisposeAsync();
        Assert.True(await IsClosedAsync(open));
        Assert.True(await IsClosedAsync(accepted));
    }

    [Fact]
    public void Priorities_come_first_then_weights()
    {
        GatewayEndpoint first = new("first", 1, Priority: 1, Weight: 1);
        GatewayEndpoint heavy = new("heavy", 1, Priority: 1, Weight: 9);
        GatewayEndpoint spare = new("spare", 1, Priority: 2);
        EndpointRotation rotation = new([spare, first, heavy], new Random(1));
        ILookup<GatewayEndpoint?, GatewayEndpoint?> drawn = Enumerable.Range(0, 1_000).Select(_ => rotation.Next()).ToLookup(static endpoint => endpoint);
        Assert.Empty(drawn[spare]);
        Assert.InRange(drawn[heavy].Count(), 850, 950);
        rotation.Left(first);
        rotation.Left(heavy);
        Assert.Equal(spare, rotation.Next());
        rotation.Left(spare);
        Assert.Null(rotation.Next());
        rotation.CameBack(first);
        Assert.Equal(first, rotation.Next());
    }

    private static GatewayEndpoint Of(TcpListener listener) => new("127.0.0.1", ((IPEndPoint)listener.LocalEndpoint).Port);

    private static async Task SendAndEndAsync(TcpClient client, byte[] request)
    {
        await client.GetStream().WriteAsync(request);
        client.Client.Shutdown(SocketShutdown.Send);
    }

    private static async Task<bool> IsClosedAsync(TcpClient client)
    {
        try
        {
            return await client.GetStream().ReadAsync(new byte[1]).AsTask().WaitAsync(ProxyBed.Patience) == 0;
        }
        catch (IOException)
        {
            return true;
        }
    }

    private static async Task<string[]> AskAsync(TcpGateway gateway, int times)
    {
        string[] answers = new string[times];
        for (int i = 0; i < times; i++)
        {
            using TcpClient client = new();
            await client.ConnectAsync(gateway.ListenAddress);
            using StreamReader reader = new(client.GetStream());
            answers[i] = await reader.ReadToEndAsync().WaitAsync(ProxyBed.Patience);
        }
        return answers;
    }

    /// <summary>Tells everybody its name and hangs up.</summary>
    private sealed class NamingServer : IDisposable
    {
        private readonly TcpListener _listener;

        public NamingServer(string name, int port)
        {
            _listener = new TcpListener(IPAddress.Loopback, port);
            _listener.Start();
            EndPoint = Of(_listener);
            _ = ServeAsync(Encoding.ASCII.GetBytes(name));
        }

        public GatewayEndpoint EndPoint { get; }

        public void Dispose() => _listener.Stop();

        private async Task ServeAsync(byte[] name)
        {
            try
            {
                while (true)
                {
                    using TcpClient client = await _listener.AcceptTcpClientAsync();
                    await client.GetStream().WriteAsync(name);
                }
            }
            catch (Exception stopped) when (stopped is SocketException or ObjectDisposedException)
            {
                // Disposed.
            }
        }
    }
}
