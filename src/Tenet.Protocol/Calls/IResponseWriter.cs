namespace Tenet.Protocol.Calls;

/// <summary>The member's side of a stream. One writer at a time.</summary>
public interface IResponseWriter<in T>
{
    /// <summary>
    /// Sends a message. Completes when the transport has room for the next one, so awaiting it is how a slow caller slows its producer.
    /// </summary>
    ValueTask WriteAsync(T message, CancellationToken cancellation);
}
