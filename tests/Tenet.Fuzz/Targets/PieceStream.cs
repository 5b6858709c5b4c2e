using Tenet.Foundation.Randomness;

namespace Tenet.Fuzz.Targets;

/// <summary>Gives bytes in pieces of any size, as a connection does.</summary>
internal sealed class PieceStream(byte[] bytes, SeededRandom random) : MemoryStream(bytes, writable: false)
{
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        base.ReadAsync(buffer[..Math.Min(buffer.Length, 1 + random.Next(200))], cancellationToken);
}
