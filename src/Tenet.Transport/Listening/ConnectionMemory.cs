using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections.Features;

namespace Tenet.Transport.Listening;

/// <summary>
/// Blocks for what callers send and are answered. Each call of HTTP/2 takes two, which is more, when hundreds are under way, than the pool that every
/// part of .NET shares keeps at hand: it would allocate most of them anew.
/// </summary>
internal sealed class ConnectionMemory : MemoryPool<byte>, IMemoryPoolFeature
{
    private const int BlockBytes = 4096;

    /// <summary>How many unused blocks are kept, 16 MiB; the collector takes the others.</summary>
    private const int KeptMax = 4096;

    private readonly ConcurrentBag<Block> _unused = [];
    private int _kept;

    private ConnectionMemory()
    {
    }

    /// <summary>The blocks of all connections of this process.</summary>
    public static ConnectionMemory OfProcess { get; } = new();

    /// <inheritdoc/>
    public override int MaxBufferSize => BlockBytes;

    MemoryPool<byte> IMemoryPoolFeature.MemoryPool => this;

    /// <inheritdoc/>
    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockBytes);
        if (!_unused.TryTake(out Block? block))
            return new Block(this);
        Interlocked.Decrement(ref _kept);
        return block;
    }

    /// <summary>Does nothing: it lives as long as the process.</summary>
    protected override void Dispose(bool disposing)
    {
    }

    private void Return(Block block)
    {
        if (Interlocked.Increment(ref _kept) <= KeptMax)
            _unused.Add(block);
        else
            Interlocked.Decrement(ref _kept);
    }

    private sealed class Block(ConnectionMemory pool) : IMemoryOwner<byte>
    {
        public Memory<byte> Memory { get; } = GC.AllocateUninitializedArray<byte>(BlockBytes);

        public void Dispose() => pool.Return(this);
    }
}
