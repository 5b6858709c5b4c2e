using System.Runtime.CompilerServices;
using Tenet.Client.Calls;
using Tenet.Client.Calls.Methods;
using Tenet.Client.Routing;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Client;

/// <summary>
/// Makes calls at whichever endpoint of a cluster can be reached, in its user's name. A call that never left is made at another endpoint until its
/// deadline; one that may have been carried out is repeated only if it reads. Without a deadline a call waits as long as no endpoint can be reached.
/// </summary>
public sealed class ClientInvoker : ICallInvoker, IAsyncDisposable
{
    private readonly Func<AuthenticateRequest, CancellationToken, Task<AuthenticateResponse>> _authenticate;
    private readonly Action<FailedAttempt>? _attemptFailed;

    /// <summary>Connects to nothing yet.</summary>
    /// <exception cref="ArgumentException">The options cannot serve.</exception>
    public ClientInvoker(TenetClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        Pool = new EndpointPool(options.Endpoints, options.ToChannelOptions());
        Credentials = new Credentials(options.User, options.Password, options.Token);
        _attemptFailed = options.AttemptFailed;
        var limit = new CallOptions { Timeout = options.CallTimeout };
        _authenticate = (request, cancellation) => RunAsync(AuthMethods.Authenticate, request, limit, cancellation);
    }

    internal EndpointPool Pool { get; }

    internal Credentials Credentials { get; }

    /// <inheritdoc/>
    public Task<TResponse> UnaryAsync<TRequest, TResponse>(ClientMethod<TRequest, TResponse> method, TRequest request, CallOptions options, CancellationToken cancellation = default)
        where TRequest : class
        where TResponse : class
        => RunAsync(method, request, options, cancellation);

    /// <inheritdoc/>
    public async IAsyncEnumerable<TResponse> ServerStreamAsync<TRequest, TResponse>(
        ClientMethod<TRequest, TResponse> method, TRequest request, CallOptions options, [EnumeratorCancellation] CancellationToken cancellation = default)
        where TRequest : class
        where TResponse : class
    {
        (IAsyncEnumerator<TResponse> responses, bool any) = await FirstResponseAsync(method, request, options, cancellation).ConfigureAwait(false);
        try
        {
            for (bool more = any; more; more = await responses.MoveNextAsync().ConfigureAwait(false))
                yield return responses.Current;
        }
        finally
        {
            await responses.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public IDuplexCall<TRequest, TResponse> Duplex<TRequest, TResponse>(ClientMethod<TRequest, TResponse> method, CallOptions options, CancellationToken cancellation = default)
        where TRequest : class
        where TResponse : class
        => new RoutedDuplexCall<TRequest, TResponse>(this, method, options, cancellation);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (RoutedEndpoint endpoint in Pool.All)
            await endpoint.Channel.DisposeAsync().ConfigureAwait(false);
        Credentials.Dispose();
    }

    internal void Report(FailedAttempt attempt) => _attemptFailed?.Invoke(attempt);

    internal ValueTask<string?> TokenAsync(string path, CancellationToken cancellation)
    {
        if (Credentials.TryGet(out string? token) || path == AuthMethods.Authenticate.Path)
            return new ValueTask<string?>(token);
        return new ValueTask<string?>(Credentials.AskAsync(_authenticate, cancellation));
    }

    private async Task<TResponse> RunAsync<TRequest, TResponse>(ClientMethod<TRequest, TResponse> method, TRequest request, CallOptions options, CancellationToken cancellation)
        where TRequest : class
        where TResponse : class
    {
        Repetition? repetition = null;
        CallOptions attempt = options;
        long startedAt = Environment.TickCount64;
        while (true)
        {
            string? token = await TokenAsync(method.Path, cancellation).ConfigureAwait(false);
            RoutedEndpoint endpoint = Pool.Next();
            try
            {
                TResponse response = await endpoint.Channel.UnaryAsync(method, request, attempt, token, cancellation).ConfigureAwait(false);
                endpoint.Succeeded();
                return response;
            }
            catch (CallException failure)
            {
                repetition ??= new Repetition(this, method.Path, options, startedAt);
                attempt = await repetition.AfterAsync(failure, endpoint, token, cancellation).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Until its first response a call may move to another endpoint; from then on it stays where it is.</summary>
    private async Task<(IAsyncEnumerator<TResponse> Responses, bool Any)> FirstResponseAsync<TRequest, TResponse>(
        ClientMethod<TRequest, TResponse> method, TRequest request, CallOptions options, CancellationToken cancellation)
        where TRequest : class
        where TResponse : class
    {
        Repetition? repetition = null;
        CallOptions attempt = options;
        long startedAt = Environment.TickCount64;
        while (true)
        {
            string? token = await TokenAsync(method.Path, cancellation).ConfigureAwait(false);
            RoutedEndpoint endpoint = Pool.Next();
            IAsyncEnumerator<TResponse> responses = endpoint.Channel.ServerStreamAsync(method, request, attempt, token, cancellation).GetAsyncEnumerator(cancellation);
            try
            {
                bool any = await responses.MoveNextAsync().ConfigureAwait(false);
                endpoint.Succeeded();
                return (responses, any);
            }
            catch (CallException failure)
            {
                await responses.DisposeAsync().ConfigureAwait(false);
                repetition ??= new Repetition(this, method.Path, options, startedAt);
                attempt = await repetition.AfterAsync(failure, endpoint, token, cancellation).ConfigureAwait(false);
            }
        }
    }
}
