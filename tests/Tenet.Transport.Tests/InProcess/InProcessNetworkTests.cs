using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Tenet.Transport.InProcess;

namespace Tenet.Transport.Tests.InProcess;

public sealed class InProcessNetworkTests
{
    private const int Port = 2379;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly InProcessNetwork _network = new();
    private readonly InProcessHost _one;
    private readonly InProcessHost _two;

    public InProcessNetworkTests()
    {
        _one = _network.AddHost(IPAddress.Parse("192.0.2.1"));
        _two = _network.AddHost(IPAddress.Parse("192.0.2.2"));
    }

    [Fact]
    public async Task Bytes_pass_in_both_directions_and_an_end_is_seen_as_one()
    {
        await using IConnectionListener listener = await ListenAsync(_one);
        await using Stream caller = _two.Connect("192.0.2.1", Port);
        await using ConnectionContext accepted = (await listener.AcceptAsync())!;
        Assert.Equal("192.0.2.2", ((IPEndPoint)accepted.RemoteEndPoint!).Address.ToString());
        await caller.WriteAsync("ask"u8.ToArray());
        Assert.Equal(3, (await accepted.Transport.Input.ReadAsync()).Buffer.Length);
        await accepted.Transport.Output.WriteAsync("answer"u8.ToArray());
        byte[] answer = new byte[6];
        await caller.ReadExactlyAsync(answer);
        Assert.Equal("answer"u8.ToArray(), answer);
        await accepted.Transport.Output.CompleteAsync();
        Assert.Equal(0, await caller.ReadAsync(answer));
    }

    [Fact]
    public void Nobody_is_found_where_nobody_listens() => Refused(SocketError.ConnectionRefused);

    [Fact]
    public async Task An_address_is_listened_on_once()
    {
        await using IConnectionListener listener = await ListenAsync(_one);
        await Assert.ThrowsAsync<AddressInUseException>(async () => await ListenAsync(_one));
        await listener.DisposeAsync();
        await using IConnectionListener again = await ListenAsync(_one);
    }

    [Fact]
    public async Task A_cut_resets_what_crosses_it_and_lets_nothing_through_until_it_is_healed()
    {
        await using IConnectionListener listener = await ListenAsync(_one);
        await using Stream across = _two.Connect("192.0.2.1", Port);
        await using Stream within = _one.Connect("192.0.2.1", Port);
        Task<int> waiting = across.ReadAsync(new byte[1]).AsTask();
        _network.Partition([[_one.Address], [_two.Address]]);
        await Assert.ThrowsAsync<ConnectionResetException>(() => waiting.WaitAsync(Patience));
        await Assert.ThrowsAnyAsync<IOException>(async () => await across.WriteAsync(new byte[1]));
        Refused(SocketError.HostUnreachable);
        await within.WriteAsync(new byte[1]);
        _network.Heal();
        await using Stream healed = _two.Connect("192.0.2.1", Port);
        await healed.WriteAsync(new byte[1]);
    }

    [Fact]
    public async Task Whoever_is_unplugged_is_gone_and_its_address_free_for_another()
    {
        await using IConnectionListener listener = await ListenAsync(_one);
        await using Stream caller = _two.Connect("192.0.2.1", Port);
        await using ConnectionContext accepted = (await listener.AcceptAsync())!;
        ValueTask<System.IO.Pipelines.ReadResult> served = accepted.Transport.Input.ReadAsync();
        _one.Unplug();
        await Assert.ThrowsAsync<ConnectionResetException>(async () => await served);
        await Assert.ThrowsAsync<ConnectionResetException>(async () => await caller.ReadExactlyAsync(new byte[1]));
        Refused(SocketError.ConnectionRefused);
        Assert.Throws<SocketException>(() => _one.Connect("192.0.2.2", Port));

        InProcessHost next = _network.AddHost(_one.Address);
        await using IConnectionListener nextListener = await ListenAsync(next);
        _one.Unplug();
        await listener.DisposeAsync();
        await using Stream found = _two.Connect("192.0.2.1", Port);
        await found.WriteAsync(new byte[1]);
    }

    [Fact]
    public async Task A_writer_waits_for_a_reader_that_takes_nothing()
    {
        await using IConnectionListener listener = await ListenAsync(_one);
        Stream caller = _two.Connect("192.0.2.1", Port);
        await using ConnectionContext accepted = (await listener.AcceptAsync())!;
        Task writing = caller.WriteAsync(new byte[2 << 20]).AsTask();
        Assert.False(writing.IsCompleted);
        long taken = 0;
        while (taken < 2 << 20)
        {
            System.IO.Pipelines.ReadResult read = await accepted.Transport.Input.ReadAsync();
            taken += read.Buffer.Length;
            accepted.Transport.Input.AdvanceTo(read.Buffer.End);
        }
        await writing.WaitAsync(Patience);
        await caller.DisposeAsync();
        Assert.True((await accepted.Transport.Input.ReadAsync()).IsCompleted);
    }

    private static ValueTask<IConnectionListener> ListenAsync(InProcessHost host) => host.BindAsync(new IPEndPoint(host.Address, Port));

    private void Refused(SocketError error) => Assert.Equal(error, Assert.Throws<SocketException>(() => _two.Connect("192.0.2.1", Port)).SocketErrorCode);
}
