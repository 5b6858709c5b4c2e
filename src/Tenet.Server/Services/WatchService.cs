using System.Diagnostics;
using Tenet.Protocol.Calls;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.State.Auth;
using Tenet.State.Watch;

namespace Tenet.Server.Services;

/// <summary>etcdserverpb.Watch (contract/api.md, 2.3).</summary>
public sealed class WatchService
{
    private readonly MemberCore _core;

    internal WatchService(MemberCore core) => _core = core;

    /// <summary>
    /// One client's stream of watchers. Ends when the caller goes away or the member stops; a caller that only closes its sending side
    /// keeps getting events.
    /// </summary>
    public async Task Watch(IRequestReader<WatchRequest> requests, IResponseWriter<WatchReply> responses, CallContext context)
    {
        using WatchStream stream = _core.Watches.OpenStream(_core.Now);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.Cancellation, _core.StoppingToken);

        // Disposing the stream is what ends both waits.
        using CancellationTokenRegistration registration = ended.Token.UnsafeRegister(static opened => ((WatchStream)opened!).Dispose(), stream);
        Task reading = ReadRequests(stream, requests, context, ended.Token);
        try
        {
            await WriteResponses(stream, responses, ended.Token);
        }
        finally
        {
            await _core.Seams.CancelAsync(ended);
            await reading;
        }

        throw (_core.State.Stopping ? EtcdErrors.Stopped : EtcdErrors.WatchCanceled).ToException();
    }

    private async Task ReadRequests(WatchStream stream, IRequestReader<WatchRequest> requests, CallContext context, CancellationToken ended)
    {
        try
        {
            while (await requests.ReadAsync(ended) is { } request)
            {
                if (_core.Access.IsOn && request.CreateRequest is { StartRevision: >= 0 } create && await RefusalAsync(create, context) is { } refusal)
                    stream.Refuse($"rpc error: code = {refusal.Code} desc = {refusal.Message}");
                else
                    stream.Handle(request);
                await stream.WaitForRequestRoomAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // The call is over; whoever ended it says why.
        }
        catch (IOException)
        {
            _core.Metrics.StreamFailures.With("receive", "watch").Increment();
            stream.Dispose();
        }
    }

    /// <summary>Once for what was sent at once, not for each response: with a thousand watchers that would cost more than sending.</summary>
    private void Measure(long events, bool isControl, double seconds)
    {
        if (events > 0)
        {
            _core.Metrics.WatchSend.Observe(seconds);
            _core.Metrics.WatchSendPerEvent.Observe(seconds / events);
        }
        else
        {
            (isControl ? _core.Metrics.WatchSendControl : _core.Metrics.WatchSendProgress).Observe(seconds);
        }
    }

    /// <summary>Asked when a watcher is created, and not again while it lives, as in etcd: who must see no more is disconnected by the operator.</summary>
    private async ValueTask<EtcdError?> RefusalAsync(WatchCreateRequest request, CallContext context)
    {
        try
        {
            AuthIdentity who = await _core.Access.IdentifyAsync(context);
            return _core.Access.For(who).Check(request) is { } refusal ? _core.Access.Refuse(who, request.Key.Span, refusal).Error : null;
        }
        catch (RefusalException refused)
        {
            return refused.Error;
        }
    }

    private async Task WriteResponses(WatchStream stream, IResponseWriter<WatchReply> responses, CancellationToken ended)
    {
        try
        {
            while (await stream.WaitAsync())
            {
                long events = 0;
                long startedAt = Stopwatch.GetTimestamp();
                bool isControl = false;
                bool found = stream.TryTake(out WatchReply next);
                while (found)
                {
                    WatchReply reply = next;
                    found = stream.TryTake(out next);
                    events += reply.EventCount;
                    isControl |= reply.Created || reply.Canceled;
                    await responses.WriteAsync(reply, ended, moreFollows: found);
                }

                _core.Metrics.WatchEvents.Add(events);
                Measure(events, isControl, Stopwatch.GetElapsedTime(startedAt).TotalSeconds);
            }
        }
        catch (OperationCanceledException)
        {
            // The caller is gone or the member stops.
        }
        catch (IOException)
        {
            _core.Metrics.StreamFailures.With("send", "watch").Increment();
        }
    }
}
