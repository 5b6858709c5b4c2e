namespace Tenet.Protocol.Calls;

/// <summary>The caller's side of a stream.</summary>
public interface IRequestReader<T>
    where T : class
{
    /// <summary>The next message, or null after the caller has closed its side.</summary>
    ValueTask<T?> ReadAsync(CancellationToken cancellation);
}
