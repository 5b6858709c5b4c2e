using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tenet.Client;
using Tenet.Foundation.Logging;

namespace Tenet.Hosting;

/// <summary>
/// A member that a .NET host runs. It starts beside the host's other services and does not hold them up. Whatever fails, a damaged file, a full
/// disk, a taken port, faults this service, its health checks and its log; the host goes on.
/// </summary>
public sealed class TenetServer : IHostedService, IAsyncDisposable
{
    private readonly Func<TenetOptions> _options;
    private readonly ILoggerFactory _loggers;
    private readonly TaskCompletionSource<TenetMember> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<string> _failure = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;
    private int _disposed;

    internal TenetServer(Func<TenetOptions> options, ILoggerFactory loggers)
    {
        _options = options;
        _loggers = loggers;
    }

    /// <summary>The member, when it serves. Fails with what its start failed with.</summary>
    public Task<TenetMember> Started => _started.Task;

    /// <summary>Completes when the service has failed, with one line that says why. Never completes otherwise.</summary>
    public Task<string> Failure => _failure.Task;

    /// <summary>A client of the member that needs no socket. It waits while the member starts. It is the caller's to dispose.</summary>
    /// <param name="configure">What is to differ from the client's defaults.</param>
    public TenetClient CreateClient(Action<TenetClientOptions>? configure = null) =>
        InProcessClient.Create([TenetOptions.ClientUrl(TenetOptions.OwnAddress)], ConnectAsync, configure);

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _running = Task.Run(RunAsync, CancellationToken.None);
        return Task.CompletedTask;
    }

    /// <summary>Stops the member: doors first, then it hands its leadership over, then the rest.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _running.WaitAsync(cancellationToken);
    }

    /// <summary>Stops the member if nobody has. A container disposes once for each service that this is registered as.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1)
            return;
        await StopAsync(CancellationToken.None);
        _stopping.Dispose();
    }

    private async ValueTask<Stream> ConnectAsync(string endpoint, CancellationToken cancellation)
    {
        try
        {
            return (await Started.WaitAsync(cancellation)).Connect();
        }
        catch (Exception problem) when (problem is not (IOException or OperationCanceledException))
        {
            throw new IOException(problem.Message, problem);
        }
    }

    private async Task RunAsync()
    {
        LoggerLog log = new(_loggers);
        try
        {
            await using TenetMember member = await TenetMember.StartAsync(_options(), log, _stopping.Token);
            _started.TrySetResult(member);
            Fail(await member.Failure.WaitAsync(_stopping.Token), log);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            _started.TrySetCanceled(_stopping.Token);
        }
        catch (Exception problem)
        {
            // Whatever it is: the host has other work than this.
            _started.TrySetException(problem);
            Fail(problem.Message, log);
        }
    }

    private void Fail(string why, LoggerLog log)
    {
        log.Fatal("the member has failed and the host goes on without it", new LogField("error", why));
        _failure.TrySetResult(why);
    }
}
