using System.Buffers;
using System.Net;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections.Features;
using Tenet.Foundation.Logging;
using Tenet.Transport.InProcess;
using Tenet.Transport.Listening;

namespace Tenet.Transport.Tests.Listening;

/// <summary>Memory of connections: what calls give back serves the next ones, and what a flood of them took does not stay for good.</summary>
public sealed class ConnectionMemoryTests
{
    private const int Flood = 10_000;
    private const int KeptMax = 16 * 1024 * 1024 / 4096;

    [Fact]
    public async Task Blocks_of_many_calls_at_once_serve_the_next_ones_and_16_MiB_at_most_are_kept()
    {
        MemoryPool<byte> memory = await MemoryOfConnectionAsync();
        HashSet<byte[]> first = TakeAndReturn(memory);

        HashSet<byte[]> second = TakeAndReturn(memory);

        Assert.Equal(Flood, first.Count);
        Assert.Equal(Flood, second.Count);
        Assert.InRange(second.Count(first.Contains), 1, KeptMax);
    }

    [Fact]
    public async Task A_block_holds_as_much_as_was_asked_for_or_is_refused()
    {
        MemoryPool<byte> memory = await MemoryOfConnectionAsync();
        using IMemoryOwner<byte> block = memory.Rent(memory.MaxBufferSize);
        Assert.Equal(memory.MaxBufferSize, block.Memory.Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => memory.Rent(memory.MaxBufferSize + 1));
    }

    private static async Task<MemoryPool<byte>> MemoryOfConnectionAsync()
    {
        InProcessNetwork network = new();
        InProcessHost host = network.AddHost(IPAddress.Parse("192.0.2.1"));
        Port port = await Port.BindAsync(ListenAddress.Parse("http://192.0.2.1:2379"), null, plainToo: false, host, NoLog.Instance);
        TaskCompletionSource<MemoryPool<byte>> memory = new();
        port.Serve(connection =>
        {
            memory.SetResult(connection.Features.Get<IMemoryPoolFeature>()!.MemoryPool);
            return Task.FromResult(false);
        });
        await using Stream caller = host.Connect("192.0.2.1", 2379);
        MemoryPool<byte> found = await memory.Task;
        await port.UnbindAsync();
        return found;
    }

    /// <summary>As many blocks at once as calls come at once, and all of them given back.</summary>
    private static HashSet<byte[]> TakeAndReturn(MemoryPool<byte> memory)
    {
        IMemoryOwner<byte>[] blocks = [.. Enumerable.Range(0, Flood).Select(_ => memory.Rent())];
        HashSet<byte[]> taken = [.. blocks.Select(static block => MemoryMarshal.TryGetArray<byte>(block.Memory, out ArraySegment<byte> array) ? array.Array! : [])];
        foreach (IMemoryOwner<byte> block in blocks)
            block.Dispose();
        return taken;
    }
}
