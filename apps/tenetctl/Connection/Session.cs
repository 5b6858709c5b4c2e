using Tenet.Client;
using Tenet.Client.Calls;
using Tenet.Client.Calls.Methods;
using Tenet.CommandLine;
using Tenet.Ctl.Output;
using Tenet.Protocol.Errors;

namespace Tenet.Ctl.Connection;

/// <summary>What a command works with: the client that the global flags ask for, and the output format.</summary>
internal sealed class Session : IAsyncDisposable
{
    // grpc-go's clients ping no more often, whatever they are told; servers cut off who does.
    private static readonly TimeSpan PingPauseMin = TimeSpan.FromSeconds(10);

    private readonly GlobalFlags _flags;
    private readonly TenetClientOptions _options;
    private readonly WarningLog _log;
    private string? _failedMethod;

    private Session(GlobalFlags flags, Invocation invocation, TenetClientOptions options)
    {
        _flags = flags;
        _options = options;
        Console = invocation.Console;
        Cancellation = invocation.Cancellation;
        _log = new(Console.Error, "etcd-client");
        options.AttemptFailed = Told;
        Client = Made(options);
        Display = new(OutputFormats.Parse(flags.WriteOut.Value), flags.Hex.Value, Console.Out);
    }

    public CommandConsole Console { get; }

    public CancellationToken Cancellation { get; }

    public TenetClient Client { get; }

    public ICallInvoker Calls => Client.Invoker;

    public Display Display { get; }

    /// <summary>As DNS or else the flags give them, without blanks.</summary>
    public IReadOnlyList<string> Endpoints { get; private init; } = [];

    /// <summary>As <c>--endpoints</c> gives them, without blanks, whatever DNS says.</summary>
    public IReadOnlyList<string> NamedEndpoints => Named(_flags);

    /// <summary>For calls of a command that ends by itself.</summary>
    public CallOptions Bounded => new() { Timeout = _flags.CommandTimeout.Value };

    /// <summary>Reads variables and flags, asks DNS if they say so, and makes the client. No member is dialled yet.</summary>
    /// <exception cref="CommandException">The flags contradict each other, or name what is not there.</exception>
    public static async Task<Session> OpenAsync(GlobalFlags flags, Invocation invocation, params string[] knownVariables)
    {
        CommandConsole console = invocation.Console;
        EnvironmentFlags.Apply("ETCDCTL", flags.All.All, Environment.GetEnvironmentVariables(), new WarningLog(console.Error), knownVariables);
        if (flags.Debug.Value)
        {
            foreach (Flag flag in flags.All.All.OrderBy(static flag => flag.Name, StringComparer.Ordinal))
                console.Error.Line($"{EnvironmentFlags.Variable("ETCDCTL", flag.Name)}={flag.ValueText}");
        }
        IReadOnlyList<string> endpoints = await EndpointDiscovery.FindAsync(flags, invocation) is { Count: > 0 } found ? found : Named(flags);
        TlsFiles tls = TlsFiles.Of(flags);
        UserFlags user = UserFlags.Of(flags, console);
        return new(flags, invocation, Options(flags, endpoints, tls, user)) { Endpoints = endpoints };
    }

    /// <summary>The same session towards one endpoint alone.</summary>
    public Session At(string endpoint, Invocation invocation) => new(_flags, invocation, WithEndpoints([endpoint])) { Endpoints = [endpoint] };

    /// <summary>A client of another cluster, or one more of this: with the flags' timeouts and limits, but its own identity.</summary>
    public TenetClient ClientFor(string endpoint, TlsFiles tls, UserFlags user) => Made(Options(_flags, [endpoint], tls, user));

    /// <summary>One more client of the same cluster, with connections of its own.</summary>
    public TenetClient AnotherClient() => Made(WithEndpoints(Endpoints));

    /// <summary>One request, one response, within the command's timeout.</summary>
    /// <exception cref="CommandException">The call failed; the warning about it has been written.</exception>
    public Task<TResponse> CallAsync<TRequest, TResponse>(ClientMethod<TRequest, TResponse> method, TRequest request)
        where TRequest : class
        where TResponse : class
        => CallAsync(method, request, Bounded);

    /// <summary>One request, one response.</summary>
    /// <exception cref="CommandException">The call failed; the warning about it has been written.</exception>
    public async Task<TResponse> CallAsync<TRequest, TResponse>(ClientMethod<TRequest, TResponse> method, TRequest request, CallOptions options)
        where TRequest : class
        where TResponse : class
    {
        try
        {
            return await TryCallAsync(method, request, options);
        }
        catch (CallException exception)
        {
            throw Judged(exception);
        }
    }

    /// <summary>What a failed call means for the shell.</summary>
    /// <param name="exception">The failure.</param>
    /// <param name="exitCode">The exit code, unless not even a client could be made.</param>
    /// <param name="wrap">Puts the failure into a sentence.</param>
    public CommandException Judged(CallException exception, int exitCode = ExitCode.Error, Func<string, string>? wrap = null)
    {
        string text = CallErrors.Text(exception);
        return IsConnecting(exception) ? new(ExitCode.BadConnection, text, exception) : new(exitCode, wrap?.Invoke(text) ?? text, exception);
    }

    /// <summary>One request, one response; the caller judges the failure. The warning about it has been written.</summary>
    /// <exception cref="CallException">The call failed.</exception>
    public Task<TResponse> TryCallAsync<TRequest, TResponse>(ClientMethod<TRequest, TResponse> method, TRequest request, CallOptions options)
        where TRequest : class
        where TResponse : class
    {
        _failedMethod = null;
        return Calls.UnaryAsync(method, request, options, Cancellation);
    }

    public ValueTask DisposeAsync() => Client.DisposeAsync();

    /// <summary>A user who is not believed, or an endpoint that cannot even be asked for a token, is a client that could not be made.</summary>
    private bool IsConnecting(CallException exception) =>
        _options.User is not null && (exception.Message == EtcdErrors.AuthFailed.Message || _failedMethod == AuthMethods.Authenticate.Path);

    private void Told(FailedAttempt attempt)
    {
        _failedMethod = attempt.Method;
        // Streams are begun again in silence.
        if (attempt.Method == WatchMethods.Watch.Path || attempt.Method == LeaseMethods.LeaseKeepAlive.Path)
            return;
        lock (_log)
            _log.Write("warn", "retrying of unary invoker failed", ("attempt", attempt.Attempt.ToString()), ("error", CallErrors.Full(attempt.Error)));
    }

    private static IReadOnlyList<string> Named(GlobalFlags flags) => [.. flags.Endpoints.Value.Select(static endpoint => endpoint.Trim())];

    private TenetClient Made(TenetClientOptions options)
    {
        try
        {
            return new(options, _flags.Debug.Value ? new DebugLog(_log) : null);
        }
        catch (ArgumentException exception)
        {
            throw new CommandException(ExitCode.BadConnection, exception.Message, exception);
        }
    }

    private TenetClientOptions WithEndpoints(IReadOnlyList<string> endpoints) => Options(
        _flags, endpoints, TlsFiles.Of(_flags), new(_options.User, _options.Password, _options.Token));

    private static TenetClientOptions Options(GlobalFlags flags, IReadOnlyList<string> endpoints, TlsFiles files, UserFlags user)
    {
        var tls = files.Load();
        // An endpoint without a scheme is spoken to as the flags say.
        bool secure = tls is not null;
        return new()
        {
            Endpoints = [.. endpoints.Select(endpoint => secure && !endpoint.Contains("://", StringComparison.Ordinal) && !endpoint.StartsWith("unix", StringComparison.Ordinal) ? "https://" + endpoint : endpoint)],
            Tls = tls,
            User = user.User,
            Password = user.Password,
            Token = user.Token,
            DialTimeout = flags.DialTimeout.Value,
            CallTimeout = flags.DialTimeout.Value,
            KeepAliveTime = flags.KeepAliveTime.Value < PingPauseMin ? PingPauseMin : flags.KeepAliveTime.Value,
            KeepAliveTimeout = flags.KeepAliveTimeout.Value,
            SendBytesMax = flags.MaxRequestBytes.Value is > 0 and <= int.MaxValue ? (int)flags.MaxRequestBytes.Value : 2 * 1024 * 1024,
            ReceiveBytesMax = flags.MaxReceiveBytes.Value is > 0 and <= int.MaxValue ? (int)flags.MaxReceiveBytes.Value : int.MaxValue,
        };
    }
}
