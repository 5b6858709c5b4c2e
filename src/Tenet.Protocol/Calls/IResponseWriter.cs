namespace Tenet.Protocol.Calls;

/// <summary>The member's side of a stream. One writer at a time.</summary>
public interface IResponseWriter<in T>
{
    /// <summary>
    /// Sends a message. Completes when the transport has room for the next one, so awaiting it is how a slow caller slows its producer.
    /// </summary>
    /// <param name="message">The message.</param>
    /// <param name="cancellation">Ends the wait for room.</param>
    /// <param name="moreFollows">The next message is at hand already: the transport may hold this one back to send both together.</param>
    ValueTask WriteAsync(T message, CancellationToken cancellation, bool moreFollows = false);
}
