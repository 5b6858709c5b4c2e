namespace Tenet.Protocol.Calls;

/// <summary>Shows an observer what a caller sends.</summary>
internal sealed class ObservedReader<T>(IRequestReader<T> reader, CallContext context, ICallObserver observer) : IRequestReader<T>
    where T : class
{
    public async ValueTask<T?> ReadAsync(CancellationToken cancellation)
    {
        T? message;
        try
        {
            message = await reader.ReadAsync(cancellation).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            observer.Received(context, null, failure);
            throw;
        }
        observer.Received(context, message, null);
        return message;
    }
}
