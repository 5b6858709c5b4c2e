namespace Tenet.Server.Peers;

/// <summary>
/// A snapshot that a leader sends: its database goes to disk piece by piece, and Raft hears of the message when that is durable. Whoever
/// disposes of it before <see cref="Complete"/> leaves nothing behind.
/// </summary>
public abstract class IncomingSnapshot : IDisposable
{
    /// <summary>The next bytes of the database.</summary>
    /// <exception cref="IOException">The disk refuses.</exception>
    public abstract void Write(ReadOnlySpan<byte> bytes);

    /// <summary>All is there: makes it durable, names it, and hands the message to Raft.</summary>
    /// <exception cref="IOException">The disk refuses.</exception>
    public abstract void Complete();

    /// <inheritdoc/>
    public abstract void Dispose();
}
