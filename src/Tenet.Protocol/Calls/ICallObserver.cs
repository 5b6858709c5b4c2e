namespace Tenet.Protocol.Calls;

/// <summary>Sees the messages of calls, as <see cref="Method.Observed"/> arranges. It must not change them.</summary>
public interface ICallObserver
{
    /// <summary>A request has come.</summary>
    /// <param name="context">The call.</param>
    /// <param name="message">The request; null if there is none any more, which is the end of the caller's stream if nothing failed.</param>
    /// <param name="failure">Why there is none.</param>
    void Received(CallContext context, object? message, Exception? failure);

    /// <summary>A response has been made or sent.</summary>
    /// <param name="context">The call.</param>
    /// <param name="message">The response; null if the call is refused.</param>
    /// <param name="failure">Why it is refused, or was not sent.</param>
    void Sent(CallContext context, object? message, Exception? failure);
}
