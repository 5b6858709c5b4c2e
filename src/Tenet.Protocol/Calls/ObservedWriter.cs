namespace Tenet.Protocol.Calls;

/// <summary>Shows an observer what a caller is sent.</summary>
internal sealed class ObservedWriter<T>(IResponseWriter<T> writer, CallContext context, ICallObserver observer) : IResponseWriter<T>
{
    public async ValueTask WriteAsync(T message, CancellationToken cancellation, bool moreFollows = false)
    {
        try
        {
            await writer.WriteAsync(message, cancellation, moreFollows).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            observer.Sent(context, message, failure);
            throw;
        }
        observer.Sent(context, message, null);
    }
}
