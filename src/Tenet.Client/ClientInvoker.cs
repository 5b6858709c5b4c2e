using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Tenet.Client.Calls;
using Tenet.Client.Calls.Methods;
using Tenet.Client.Observability;
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
    private readonly TenetClientOptions _options;
    private readonly ILogger _log;
    private readonly ClientInvoker? _parent;
    private readonly ConcurrentDictionary<string, ClientInvoker> _single = new();
    private volatile bool _disposed;

    /// <summary>Connects to nothing yet.</summary>
    /// <param name="options">Where the cluster is.</param>
    /// <param name="log">Told of endpoints that fail and of those that answer again; null for nobody.</param>
    /// <exception cref="ArgumentException">The options cannot serve.</exception>
    public ClientInvoker(TenetClientOptions options, ILogger? log = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        _options = options;
        _log = log ?? NullLogger.Instance;
        Pool = new EndpointPool(options.Endpoints, options.ToChannelOptions(), _log);
        Credentials = new Credentials(options.User, options.Password, options.Token);
        _attemptFailed = options.AttemptFailed;
        var limit = new CallOptions { Timeout = options.CallTimeout };
        _authenticate = (request, cancellation) => RunAsync(AuthMethods.Authenticate, request, limit, cancellation);
    }

    private ClientInvoker(ClientInvoker parent, RoutedEndpoint endpoint)
    {
        (_parent, _options, _log, _attemptFailed, _authenticate) = (parent, parent._options, parent._log, parent._attemptFailed, parent._authenticate);
        Pool = new EndpointPool(endpoint);
        Credentials = parent.Credentials;
    }

    internal EndpointPool Pool { get; }

    internal Credentials Credentials { get; }

    internal bool IsDisposed => _disposed || _parent is { _disposed: true };

    /// <summary>
    /// Calls to one endpoint, in the same user's name: one of this invoker's, or another (a member's client URL that the cluster told). Lives as long as
    /// this invoker.
    /// </summary>
    /// <exception cref="FormatException">The endpoint is none.</exception>
    public ClientInvoker At(string endpoint) => _parent?.At(endpoint) ?? _single.GetOrAdd(endpoint, static (endpoint, parent) =>
    {
        foreach (RoutedEndpoint known in parent.Pool.All)
        {
            if (known.Channel.Endpoint == endpoint)
                return new ClientInvoker(parent, known);
        }
        return new ClientInvoker(parent, new RoutedEndpoint(new Channel(endpoint, parent._options.ToChannelOptions()), parent._log));
    }, this);

    /// <summary>
    /// Asks these endpoints instead of those before, from the next call on, such as when the cluster has other members now. Calls that are open go on
    /// where they are.
    /// </summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    /// <exception cref="FormatException">One of them is no endpoint; then nothing has changed.</exception>
    /// <exception cref="InvalidOperationException">This invoker is for one endpoint: it came from <see cref="At"/>.</exception>
    public void UseEndpoints(IReadOnlyList<string> endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        if (endpoints.Count == 0)
            throw new ArgumentException("a client needs an endpoint", nameof(endpoints));
        if (_parent is not null)
            throw new InvalidOperationException("an invoker for one endpoint cannot be given others");
        Pool.Replace(endpoints);
    }

    /// <inheritdoc/>
    public Task<TResponse> UnaryAsync<TRequest, TResponse>(ClientMethod<TRequest, TResponse> method, TRequest request, CallOptions options, CancellationToken cancellation = default)
        where TRequest : class
        where TResponse : class
        => ClientTelemetry.CallsAreObserved ? ObserveAsync(method, request, options, cancellation) : RunAsync(method, request, options, cancellation);

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
        => Open(method, options, cancellation);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _disposed = true;
        foreach (ClientInvoker single in _single.Values)
            await single.DisposeAsync().ConfigureAwait(false);
        foreach (RoutedEndpoint endpoint in Pool.All)
            await endpoint.Channel.DisposeAsync().ConfigureAwait(false);
        if (_parent is null)
            Credentials.Dispose();
    }

    internal void Report(FailedAttempt attempt)
    {
        ClientTelemetry.AttemptFailed(attempt);
        if (_log.IsEnabled(LogLevel.Debug))
            _log.LogDebug("{Method} failed at {Endpoint} in attempt {Attempt}: {Code}: {Reason}", attempt.Method, attempt.Endpoint, attempt.Attempt, attempt.Error.Code, attempt.Error.Message);
        _attemptFailed?.Invoke(attempt);
    }

    internal RoutedDuplexCall<TRequest, TResponse> Open<TRequest, TResponse>(ClientMethod<TRequest, TResponse> method, CallOptions options, CancellationToken cancellation)
        where TRequest : class
        where TResponse : class
        => new(this, method, options, cancellation);

    internal ValueTask<string?> TokenAsync(string path, CallOptions options, CancellationToken cancellation)
    {
        if (Credentials.TryGet(out string? token) || path == AuthMethods.Authenticate.Path)
            return new ValueTask<string?>(token);
        return new ValueTask<string?>(AskForTokenAsync(options.Timeout ?? Timeout.InfiniteTimeSpan, cancellation));
    }

    private async Task<string?> AskForTokenAsync(TimeSpan limit, CancellationToken cancellation)
    {
        try
        {
            return await Credentials.AskAsync(_authenticate, cancellation).WaitAsync(limit, CancellationToken.None).ConfigureAwait(false);
        }
        catch (TimeoutException failure)
        {
            throw CallStatus.DeadlineExceeded(failure);
        }
    }

    private async Task<TResponse> ObserveAsync<TRequest, TResponse>(ClientMethod<TRequest, TResponse> method, TRequest request, CallOptions options, CancellationToken cancellation)
        where TRequest : class
        where TResponse : class
    {
        using Activity? activity = ClientTelemetry.StartCall(method.Path);
        long startedAt = Stopwatch.GetTimestamp();
        Exception? failure = null;
        try
        {
            return await RunAsync(method, request, options, cancellation).ConfigureAwait(false);
        }
        catch (Exception caught)
        {
            failure = caught;
            throw;
        }
        finally
        {
            ClientTelemetry.EndCall(activity, method.Path, startedAt, failure);
        }
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
            string? token = await TokenAsync(method.Path, attempt, cancellation).ConfigureAwait(false);
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
            string? token = await TokenAsync(method.Path, attempt, cancellation).ConfigureAwait(false);
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
