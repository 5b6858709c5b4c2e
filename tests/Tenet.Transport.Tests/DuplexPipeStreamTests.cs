using System.IO.Pipelines;

namespace Tenet.Transport.Tests;

public sealed class DuplexPipeStreamTests
{
    [Fact]
    public async Task A_read_over_several_pieces_of_memory_says_how_much_it_took()
    {
        Pipe pipe = new(new PipeOptions(minimumSegmentSize: 16));
        await using DuplexPipeStream stream = new(new Ends(pipe.Reader, pipe.Writer));
        byte[] sent = [.. Enumerable.Range(0, 100).Select(number => (byte)number)];
        foreach (byte[] piece in sent.Chunk(10))
        {
            // Memory that a piece of this size does not fill: the next one begins in another.
            piece.CopyTo(pipe.Writer.GetMemory(5000));
            pipe.Writer.Advance(piece.Length);
            pipe.Writer.GetMemory(50_000);
        }
        await pipe.Writer.FlushAsync();
        byte[] read = new byte[1000];
        Assert.Equal(sent.Length, await stream.ReadAsync(read));
        Assert.Equal(sent, read[..sent.Length]);
    }

    private sealed record Ends(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
