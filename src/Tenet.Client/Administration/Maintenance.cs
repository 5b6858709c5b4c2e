using Tenet.Client.Calls;
using Tenet.Client.Calls.Methods;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Client;

/// <summary>The upkeep of a cluster and of its single members, which are named by their endpoints.</summary>
public sealed class Maintenance
{
    private const int PageBytes = 512;
    private const int ChecksumBytes = 32;

    private readonly ClientInvoker _invoker;
    private readonly IReadOnlyList<string> _endpoints;
    private readonly CallOptions _options;

    internal Maintenance(ClientInvoker invoker, IReadOnlyList<string> endpoints, CallOptions options) => (_invoker, _endpoints, _options) = (invoker, endpoints, options);

    /// <summary>How a member stands.</summary>
    public Task<StatusResponse> StatusAsync(string endpoint, CancellationToken cancellation = default) =>
        _invoker.At(endpoint).UnaryAsync(MaintenanceMethods.Status, new StatusRequest(), _options, cancellation);

    /// <summary>Gives a member's disk back what deleted history took. The member answers nothing else meanwhile; how long, its size says.</summary>
    public Task DefragmentAsync(string endpoint, CancellationToken cancellation = default) =>
        _invoker.At(endpoint).UnaryAsync(MaintenanceMethods.Defragment, new DefragmentRequest(), CallOptions.None, cancellation);

    /// <summary>The hash of a member's history up to a revision; 0 for all of it.</summary>
    public Task<HashKVResponse> HashKvAsync(string endpoint, long revision = 0, CancellationToken cancellation = default) =>
        _invoker.At(endpoint).UnaryAsync(MaintenanceMethods.HashKV, new HashKVRequest { Revision = revision }, CallOptions.None, cancellation);

    /// <summary>The alarms that are raised.</summary>
    public async Task<IReadOnlyList<AlarmMember>> AlarmsAsync(CancellationToken cancellation = default) =>
        (await _invoker.UnaryAsync(MaintenanceMethods.Alarm, new AlarmRequest { Action = AlarmRequest.Types.AlarmAction.Get }, _options, cancellation).ConfigureAwait(false)).Alarms;

    /// <summary>Ends an alarm, once its cause is gone.</summary>
    public Task DisarmAsync(AlarmMember alarm, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(alarm);
        var request = new AlarmRequest { Action = AlarmRequest.Types.AlarmAction.Deactivate, MemberID = alarm.MemberID, Alarm = alarm.Alarm };
        return _invoker.UnaryAsync(MaintenanceMethods.Alarm, request, _options, cancellation);
    }

    /// <summary>Hands leadership to another member.</summary>
    /// <exception cref="CallException">Among others NOT_LEADER's text, if none of this client's endpoints is the leader's.</exception>
    public async Task MoveLeaderAsync(ulong memberId, CancellationToken cancellation = default)
    {
        CallException? last = null;
        foreach (string endpoint in _endpoints)
        {
            try
            {
                await _invoker.At(endpoint).UnaryAsync(MaintenanceMethods.MoveLeader, new MoveLeaderRequest { TargetID = memberId }, _options, cancellation).ConfigureAwait(false);
                return;
            }
            catch (CallException refusal) when (refusal.Message == EtcdErrors.NotLeader.Message || refusal.Code == StatusCode.DeadlineExceeded)
            {
                last = refusal;
            }
        }
        throw last!;
    }

    /// <summary>Writes a copy of a member's data that <c>tenetutl snapshot restore</c> and <c>etcdutl snapshot restore</c> take.</summary>
    /// <param name="destination">Where to. It is not flushed to disk, nor closed.</param>
    /// <param name="progress">Told after each piece.</param>
    /// <param name="endpoint">The member; null for any.</param>
    /// <param name="cancellation">Gives up; what was written is no snapshot then.</param>
    /// <exception cref="InvalidDataException">The stream ended early: what was written is no snapshot.</exception>
    public async Task<SnapshotSummary> SnapshotAsync(
        Stream destination, IProgress<SnapshotProgress>? progress = null, string? endpoint = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(destination);
        ClientInvoker invoker = endpoint is null ? _invoker : _invoker.At(endpoint);
        long written = 0;
        string version = "";
        IAsyncEnumerator<SnapshotResponse> pieces = invoker
            .ServerStreamAsync(MaintenanceMethods.Snapshot, new SnapshotRequest(), CallOptions.None, cancellation).GetAsyncEnumerator(cancellation);
        try
        {
            while (await pieces.MoveNextAsync().ConfigureAwait(false))
            {
                SnapshotResponse piece = pieces.Current;
                version = version.Length > 0 ? version : piece.Version;
                await destination.WriteAsync(piece.Blob.Memory, cancellation).ConfigureAwait(false);
                written += piece.Blob.Length;
                progress?.Report(new SnapshotProgress(written, (long)piece.RemainingBytes));
            }
        }
        finally
        {
            await pieces.DisposeAsync().ConfigureAwait(false);
        }
        return written % PageBytes == ChecksumBytes
            ? new SnapshotSummary(written, version)
            : throw new InvalidDataException($"the snapshot ended early: {written} bytes are no whole pages with a checksum behind them");
    }
}
