using Tenet.Protocol.Calls;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.State.Watch;

namespace Tenet.Server.Services.Recipes;

/// <summary>One watcher on a stream of its own, inside the member.</summary>
internal sealed class LocalWatch : IRequestReader<WatchRequest>, IResponseWriter<WatchReply>
{
    private readonly MemberCore _core;
    private readonly Func<WatchResponse, ValueTask<bool>> _take;
    private readonly CancellationTokenSource _ended;
    private WatchCreateRequest? _create;
    private bool _finished;

    private LocalWatch(MemberCore core, WatchCreateRequest create, Func<WatchResponse, ValueTask<bool>> take, CancellationTokenSource ended)
    {
        _core = core;
        _create = create;
        _take = take;
        _ended = ended;
    }

    /// <summary>Watches until <paramref name="take"/> has had enough.</summary>
    /// <param name="core">The member.</param>
    /// <param name="watches">Its watch service.</param>
    /// <param name="create">What to watch.</param>
    /// <param name="take">Gets each response in turn, one that cancels the watcher included, and says whether it was the last.</param>
    /// <param name="call">In whose name.</param>
    /// <exception cref="OperationCanceledException">The caller has gone.</exception>
    /// <exception cref="RefusalException">The member stops.</exception>
    public static async ValueTask RunAsync(
        MemberCore core, WatchService watches, WatchCreateRequest create, Func<WatchResponse, ValueTask<bool>> take, CallContext call)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(call.Cancellation);
        var watch = new LocalWatch(core, create, take, ended);
        try
        {
            await watches.Watch(watch, watch, new ConditionalCallContext(call, ended.Token));
        }
        catch (RefusalException) when (watch._finished || call.Cancellation.IsCancellationRequested)
        {
            // It ended because it should.
        }

        if (!watch._finished)
            call.Cancellation.ThrowIfCancellationRequested();
    }

    async ValueTask<WatchRequest?> IRequestReader<WatchRequest>.ReadAsync(CancellationToken cancellation)
    {
        if (_create is { } create)
        {
            _create = null;
            return new WatchRequest { CreateRequest = create };
        }

        await Task.Delay(Timeout.InfiniteTimeSpan, _core.Clock, cancellation);
        return null;
    }

    async ValueTask IResponseWriter<WatchReply>.WriteAsync(WatchReply message, CancellationToken cancellation, bool moreFollows)
    {
        if (_finished)
            return;
        WatchResponse response = message.ToMessage();
        if (!await _take(response) && !response.Canceled)
            return;
        _finished = true;
        await _core.Seams.CancelAsync(_ended);
    }
}
