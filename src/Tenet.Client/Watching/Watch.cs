using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Tenet.Client.Calls;
using Tenet.Client.Calls.Methods;
using Tenet.Client.Observability;
using Tenet.Client.Routing;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Client;

/// <summary>
/// Follows changes. A watch goes on over restarts, changes of leader, lost connections and expired tokens, at another endpoint where needed: every
/// change is told once, in order. Each watch has a stream of its own and reads it as it is enumerated, so that a slow reader slows nobody else and
/// nothing piles up here.
/// </summary>
public sealed class Watch
{
    private readonly ClientInvoker _invoker;
    private readonly ILogger _log;

    // A member without leader ends the stream instead of staying silent.
    private readonly CallOptions _options = new() { Metadata = [CallMetadata.RequireLeader] };

    internal Watch(ClientInvoker invoker, ILogger log) => (_invoker, _log) = (invoker, log);

    /// <summary>The changes of a range, one by one.</summary>
    /// <exception cref="CompactedException">The watch cannot go on without a gap.</exception>
    /// <exception cref="CallException">The server refuses the watch, such as for want of permission.</exception>
    public async IAsyncEnumerable<WatchEvent> EventsAsync(KeyRange range, WatchOptions? options = null, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        IAsyncEnumerator<WatchBatch> batches = BatchesAsync(range, options, cancellation).GetAsyncEnumerator(cancellation);
        try
        {
            while (await batches.MoveNextAsync().ConfigureAwait(false))
            {
                foreach (WatchEvent change in batches.Current.Events)
                    yield return change;
            }
        }
        finally
        {
            await batches.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>The changes of a range as they come together.</summary>
    /// <inheritdoc cref="EventsAsync"/>
    public async IAsyncEnumerable<WatchBatch> BatchesAsync(KeyRange range, WatchOptions? options = null, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        options ??= WatchOptions.Default;
        var position = new WatchPosition(options.StartRevision);
        int failures = 0;
        while (true)
        {
            RoutedDuplexCall<WatchRequest, WatchResponse> call = _invoker.Open(WatchMethods.Watch, _options, cancellation);
            try
            {
                position.Reopened();
                bool asked = false;
                while (await NextAsync(call, asked ? null : Create(range, options, position.Next), position.Next, cancellation).ConfigureAwait(false) is { } response)
                {
                    asked = true;
                    failures = response.Created ? failures : 0;
                    if (position.Take(response, options.Progress) is { } batch)
                        yield return batch;
                }
            }
            finally
            {
                await call.DisposeAsync().ConfigureAwait(false);
            }
            ClientTelemetry.WatchResumed();
            await StreamEnds.PauseAsync(failures++, cancellation).ConfigureAwait(false);
        }
    }

    private static WatchRequest Create(KeyRange range, WatchOptions options, long next)
    {
        var create = new WatchCreateRequest
        {
            Key = range.Key,
            RangeEnd = range.End,
            StartRevision = next,
            // Even if nobody asked: it moves the place where the watch would go on past what is compacted.
            ProgressNotify = true,
            PrevKv = options.Previous,
            Fragment = true,
        };
        if (options.WithoutPuts)
            create.Filters.Add(WatchCreateRequest.Types.FilterType.Noput);
        if (options.WithoutDeletes)
            create.Filters.Add(WatchCreateRequest.Types.FilterType.Nodelete);
        return new WatchRequest { CreateRequest = create };
    }

    /// <summary>The next response, after the request that is given; null if the stream ended in a way after which another may be opened.</summary>
    private async ValueTask<WatchResponse?> NextAsync(RoutedDuplexCall<WatchRequest, WatchResponse> call, WatchRequest? request, long wanted, CancellationToken cancellation)
    {
        try
        {
            if (request is not null)
                await call.TryWriteAsync(request, cancellation).ConfigureAwait(false);
            WatchResponse? response = await call.ReadAsync(cancellation).ConfigureAwait(false);
            return response is { Canceled: true } ? Canceled(response, call, wanted) : response;
        }
        catch (CallException end) when (StreamEnds.MayReopen(end, _invoker))
        {
            _log.LogDebug("watch at revision {Revision} opens another stream: {Reason}", wanted, end.Message);
            return null;
        }
    }

    /// <summary>A watch that the server ended or never began.</summary>
    private static WatchResponse? Canceled(WatchResponse response, RoutedDuplexCall<WatchRequest, WatchResponse> call, long wanted)
    {
        if (response.CompactRevision > 0)
            throw new CompactedException(response.CompactRevision, wanted);
        CallException reason = CancelReason.Parse(response.CancelReason);
        // Told like the end of a stream: a token that is refused is asked for again.
        call.Learn(reason);
        throw reason;
    }
}
