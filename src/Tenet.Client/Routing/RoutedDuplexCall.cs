using Tenet.Client.Calls;
using Tenet.Protocol.Errors;

namespace Tenet.Client.Routing;

/// <summary>
/// A duplex call of a client with several endpoints: it begins at the first that can be reached, with the user's token, and stays there.
/// A call that broke is not begun again: only its caller knows what must be said anew.
/// </summary>
internal sealed class RoutedDuplexCall<TRequest, TResponse> : IDuplexCall<TRequest, TResponse>
    where TRequest : class
    where TResponse : class
{
    private readonly ClientInvoker _invoker;
    private readonly CancellationTokenSource _stop;
    private readonly Task<DuplexCall<TRequest, TResponse>> _opening;
    private RoutedEndpoint? _endpoint;
    private string? _token;
    private int _disposed;

    public RoutedDuplexCall(ClientInvoker invoker, ClientMethod<TRequest, TResponse> method, CallOptions options, CancellationToken cancellation)
    {
        _invoker = invoker;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        _opening = OpenAsync(method, options, cancellation);
    }

    public async Task WriteAsync(TRequest request, CancellationToken cancellation = default)
    {
        DuplexCall<TRequest, TResponse> call = await _opening.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            await call.WriteAsync(request, cancellation).ConfigureAwait(false);
        }
        catch (CallException failure)
        {
            Learn(failure);
            throw;
        }
    }

    /// <summary>Sends a message; false if the call has ended already: the next read says how.</summary>
    public async Task<bool> TryWriteAsync(TRequest request, CancellationToken cancellation) =>
        await (await _opening.WaitAsync(cancellation).ConfigureAwait(false)).TryWriteAsync(request, cancellation).ConfigureAwait(false);

    public async Task CompleteAsync() => await (await _opening.ConfigureAwait(false)).CompleteAsync().ConfigureAwait(false);

    public async ValueTask<TResponse?> ReadAsync(CancellationToken cancellation = default)
    {
        DuplexCall<TRequest, TResponse> call = await _opening.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            TResponse? message = await call.ReadAsync(cancellation).ConfigureAwait(false);
            _endpoint!.Succeeded();
            return message;
        }
        catch (CallException failure)
        {
            Learn(failure);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        await _stop.CancelAsync().ConfigureAwait(false);
        await ((Task)_opening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_opening.IsCompletedSuccessfully)
            await (await _opening.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task<DuplexCall<TRequest, TResponse>> OpenAsync(ClientMethod<TRequest, TResponse> method, CallOptions options, CancellationToken cancellation)
    {
        Repetition? repetition = null;
        CallOptions attempt = options;
        long startedAt = Environment.TickCount64;
        while (true)
        {
            _token = await _invoker.TokenAsync(method.Path, attempt, _stop.Token).ConfigureAwait(false);
            _endpoint = _invoker.Pool.Next();
            DuplexCall<TRequest, TResponse> call = _endpoint.Channel.Duplex(method, attempt, _token, cancellation);
            try
            {
                await call.Opened.WaitAsync(_stop.Token).ConfigureAwait(false);
                return call;
            }
            catch (CallException failure)
            {
                await call.DisposeAsync().ConfigureAwait(false);
                repetition ??= new Repetition(_invoker, method.Path, options, startedAt);
                attempt = await repetition.AfterAsync(failure, _endpoint, _token, _stop.Token).ConfigureAwait(false);
            }
            catch
            {
                await call.DisposeAsync().ConfigureAwait(false);
                throw;
            }
        }
    }

    /// <summary>What the end of this call says about the next: the endpoint rests, the token is asked for again.</summary>
    public void Learn(CallException failure)
    {
        if (failure.Code == StatusCode.Unavailable && !_invoker.IsDisposed)
            _endpoint!.Failed(failure);
        if (_invoker.Credentials.IsRefusal(failure.Message))
            _invoker.Credentials.Forget(_token);
    }
}
