using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;
using Tenet.Client.Calls;
using Tenet.Protocol.Errors;

namespace Tenet.Client.Routing;

/// <summary>Decides after a failed attempt of one call whether another may follow, and when. Made only when an attempt has failed.</summary>
internal sealed class Repetition(ClientInvoker invoker, string path, CallOptions options, long startedAt)
{
    private const int AttemptsMax = 100;
    private const double PauseMilliseconds = 25;

    private int _attempts;
    private CallException? _lastConnectionError;

    /// <summary>Completes when the next attempt is due, with its options; throws what the caller is told if there is none.</summary>
    /// <param name="failure">How the attempt failed.</param>
    /// <param name="endpoint">Who was asked.</param>
    /// <param name="token">The token that was sent.</param>
    /// <param name="cancellation">The caller's.</param>
    public async Task<CallOptions> AfterAsync(CallException failure, RoutedEndpoint endpoint, string? token, CancellationToken cancellation)
    {
        if (failure.Code == StatusCode.Unavailable)
            endpoint.Failed(failure);
        else if (failure.Code == StatusCode.DeadlineExceeded)
            endpoint.WasSilent(Environment.TickCount64 - startedAt, failure);
        if (failure is { Code: StatusCode.Unavailable, NeverSent: true })
        {
            _lastConnectionError = failure;
            // Waits for an endpoint that can be reached; how long, the caller's deadline says.
            await PauseAsync(invoker.Pool.RestOfAll(), endpoint, cancellation).ConfigureAwait(false);
            return Remaining(endpoint);
        }
        if (failure.Code == StatusCode.DeadlineExceeded && Left() is { } left && left <= TimeSpan.Zero && _lastConnectionError is not null)
            TimedOut(endpoint);

        invoker.Report(new FailedAttempt(path, endpoint.Channel.Endpoint, _attempts++, failure));
        if (_attempts < AttemptsMax)
        {
            if (invoker.Credentials.IsRefusal(failure.Message))
            {
                invoker.Credentials.Forget(token);
                return Remaining(endpoint);
            }
            if (failure.Message == EtcdErrors.NotSupportedForLearner.Message && _attempts < invoker.Pool.Count)
                return Remaining(endpoint);
            if (failure.Code == StatusCode.Unavailable && RepeatableMethods.Contains(path))
            {
                int quorum = (invoker.Pool.Count / 2) + 1;
                if (_attempts % quorum == 0)
                    await PauseAsync(TimeSpan.FromMilliseconds(PauseMilliseconds * (0.9 + (0.2 * Random.Shared.NextDouble()))), endpoint, cancellation).ConfigureAwait(false);
                return Remaining(endpoint);
            }
        }
        ExceptionDispatchInfo.Throw(failure);
        return options;
    }

    private async Task PauseAsync(TimeSpan pause, RoutedEndpoint endpoint, CancellationToken cancellation)
    {
        if (pause > TimeSpan.Zero)
        {
            TimeSpan wait = Left() is { } left && left < pause ? left : pause;
            await Task.Delay(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, cancellation).ConfigureAwait(false);
        }
        if (Left() is { } rest && rest <= TimeSpan.Zero)
            TimedOut(endpoint);
    }

    private CallOptions Remaining(RoutedEndpoint endpoint)
    {
        if (Left() is not { } left)
            return options;
        if (left <= TimeSpan.Zero)
            TimedOut(endpoint);
        return options with { Timeout = left };
    }

    private TimeSpan? Left() => options.Timeout is { } timeout && timeout != Timeout.InfiniteTimeSpan
        ? timeout - TimeSpan.FromMilliseconds(Environment.TickCount64 - startedAt)
        : null;

    [DoesNotReturn]
    private void TimedOut(RoutedEndpoint endpoint)
    {
        if (_lastConnectionError is { } last)
        {
            var attempt = new CallException(StatusCode.DeadlineExceeded, $"latest balancer error: last connection error: {last.Message}", last);
            invoker.Report(new FailedAttempt(path, endpoint.Channel.Endpoint, _attempts, attempt));
        }
        throw CallStatus.DeadlineExceeded(_lastConnectionError);
    }
}
