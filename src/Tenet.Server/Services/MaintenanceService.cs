using System.Security.Cryptography;
using Google.Protobuf;
using Tenet.Foundation.Logging;
using Tenet.Foundation.Text;
using Tenet.Protocol.Calls;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Membershippb;
using Tenet.Server.Maintenance;
using Tenet.State.Alarms;
using Tenet.State.Apply;
using Tenet.State.Backends;
using Tenet.State.Members;
using Tenet.State.Mvcc;
using DowngradeInfo = Tenet.Protocol.Etcdserverpb.DowngradeInfo;

namespace Tenet.Server.Services;

/// <summary>etcdserverpb.Maintenance (contract/api.md, 2.6). All but alarms concern this member alone.</summary>
public sealed class MaintenanceService
{
    private const int SnapshotChunkBytes = 32 * 1024;

    private readonly MemberCore _core;

    internal MaintenanceService(MemberCore core) => _core = core;

    /// <summary>Is told that the member should be called, or not for a while; set once, before the first call.</summary>
    public Action<bool>? ServingChanged { get; set; }

    /// <summary>How the member stands; no consensus.</summary>
    public async ValueTask<StatusResponse> Status(StatusRequest request, CallContext context)
    {
        await _core.Access.RequireUserAsync(context);
        EngineState state = _core.State;
        var response = new StatusResponse
        {
            Header = _core.Headers.New(),
            Version = MemberOptions.ServerVersion,
            DbSize = _core.Backend.Size,
            DbSizeInUse = _core.Backend.SizeInUse,
            DbSizeQuota = _core.Options.QuotaBackendBytes == 0 ? Quota.DefaultBytes : _core.Options.QuotaBackendBytes,
            Leader = state.Lead,
            RaftIndex = state.CommittedIndex,
            RaftTerm = state.Term,
            RaftAppliedIndex = state.AppliedIndex,
            IsLearner = _core.Members.Current.Find(_core.MemberId) is { IsLearner: true },
            StorageVersion = _core.StorageVersion.Detect()?.ToString(3) ?? "",
            DowngradeInfo = new DowngradeInfo
            {
                Enabled = _core.Members.Current.Downgrade.Enabled,
                TargetVersion = _core.Members.Current.Downgrade.TargetVersion,
            },
        };
        if (response.Leader == 0)
            response.Errors.Add(EtcdErrors.NoLeader.Message);
        foreach (Alarm alarm in _core.Alarms.All)
            response.Errors.Add($"memberID:{alarm.MemberId} alarm:{AlarmNames.Of(alarm.Type)} ");
        return response;
    }

    /// <summary>Lists, raises or clears alarms, through the log.</summary>
    public async ValueTask<AlarmResponse> Alarm(AlarmRequest request, CallContext context)
    {
        if (request.Action == AlarmRequest.Types.AlarmAction.Get)
            await _core.Access.RequireUserAsync(context);
        else
            await _core.Access.RequireRootAsync(context);
        // An action that etcd does not know would be replicated and stop every member that applies it.
        if (!Enum.IsDefined(request.Action))
            throw new EtcdError(StatusCode.InvalidArgument, "etcdserver: unknown alarm action").ToException();
        var response = (AlarmResponse)await _core.ReplicateAsync("Alarm", new InternalRaftRequest { Alarm = request }, context);
        response.Header = _core.Headers.Fill(response.Header);
        return response;
    }

    /// <summary>
    /// Says whether the cluster may be brought down by one minor version, begins that, or calls it off. Not below 3.5, which etcd would
    /// begin: a 3.5 member ends itself when it learns of an older version.
    /// </summary>
    public async ValueTask<DowngradeResponse> Downgrade(DowngradeRequest request, CallContext context)
    {
        await _core.Access.RequireRootAsync(context);
        switch (request.Action)
        {
            case DowngradeRequest.Types.DowngradeAction.Validate:
                await RequireDowngradableAsync(request.Version, context);
                break;
            case DowngradeRequest.Types.DowngradeAction.Enable:
                Version target = await RequireDowngradableAsync(request.Version, context);
                var enable = new DowngradeInfoSetRequest { Enabled = true, Ver = target.ToString(3) };
                await _core.ReplicateAsync("Downgrade", new InternalRaftRequest { DowngradeInfoSet = enable }, context);
                break;
            case DowngradeRequest.Types.DowngradeAction.Cancel:
                await CancelDowngradeAsync(context);
                break;
            default:
                throw EtcdErrors.UnknownMethod.ToException();
        }

        return new DowngradeResponse { Header = _core.Headers.New(), Version = _core.Members.Current.ClusterVersion?.ToString(2) ?? "" };
    }

    /// <summary>Hands leadership to another voter, as leader, and waits until it leads.</summary>
    public async ValueTask<MoveLeaderResponse> MoveLeader(MoveLeaderRequest request, CallContext context)
    {
        await _core.Access.RequireRootAsync(context);
        if (!_core.State.IsLeader)
            throw EtcdErrors.NotLeader.ToException();
        if (await _core.Leadership.MoveAsync(request.TargetID, context.Cancellation) is { } refusal)
            throw refusal.ToException();
        return new MoveLeaderResponse();
    }

    /// <summary>
    /// Rewrites the backend's file without its free pages. Reads and writes go on meanwhile. Once begun it goes on to its end, whether or not
    /// the caller waits.
    /// </summary>
    public async ValueTask<DefragmentResponse> Defragment(DefragmentRequest request, CallContext context)
    {
        await _core.Access.RequireRootAsync(context);
        _core.Log.Info("starting defragment");
        if (_core.Options.StopServingOnDefragmentation)
            TellServing(false);
        try
        {
            await DefragmentAsync(context);
        }
        finally
        {
            TellServing(true);
        }

        _core.Log.Info("finished defragment");
        return new DefragmentResponse();
    }

    private async ValueTask DefragmentAsync(CallContext context)
    {
        await _core.Commits.CommitAsync().WaitAsync(context.Cancellation);
        DefragmentationDemand demand = _core.Defragmentation.Demand();
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.Cancellation, _core.StoppingToken);
        try
        {
            await demand.Done.WaitAsync(ended.Token);
        }
        catch (OperationCanceledException)
        {
            demand.Leave();
            if (_core.State.Stopping)
                throw EtcdErrors.Stopped.ToException();
            throw;
        }
        catch (IOException failure)
        {
            _core.Log.Warn("failed to defragment", new LogField("error", failure));
            throw new EtcdError(StatusCode.Unknown, failure.Message).ToException();
        }
    }

    /// <summary>Several may defragment at a time; as in etcd, the first that ends says so for all.</summary>
    private void TellServing(bool serving)
    {
        LogField service = new("service", "");
        if (serving)
            _core.Log.Info("grpc service status changed", service, new LogField("status", "SERVING"));
        else
            _core.Log.Warn("grpc service status changed", service, new LogField("status", "NOT_SERVING"), new LogField("reason", "defrag is active"));
        ServingChanged?.Invoke(serving);
    }

    /// <summary>A checksum over the whole backend.</summary>
    public async ValueTask<HashResponse> Hash(HashRequest request, CallContext context)
    {
        await _core.Access.RequireRootAsync(context);
        long startedAt = _core.Clock.GetTimestamp();
        await _core.Commits.CommitAsync().WaitAsync(context.Cancellation);
        var response = new HashResponse { Header = _core.Headers.New(), Hash = _core.Backend.Hash() };
        _core.Metrics.HashDuration.Observe(_core.Clock.GetElapsedTime(startedAt).TotalSeconds);
        return response;
    }

    /// <summary>A checksum over the history of keys up to a revision.</summary>
    public async ValueTask<HashKVResponse> HashKv(HashKVRequest request, CallContext context)
    {
        await _core.Access.RequireRootAsync(context);
        long startedAt = _core.Clock.GetTimestamp();
        Outcome<HashKvResult> outcome = _core.Store.HashKv(request.Revision);
        if (outcome.IsRefused)
            throw outcome.Error.ToException();
        _core.Metrics.HashKvDuration.Observe(_core.Clock.GetElapsedTime(startedAt).TotalSeconds);
        return new HashKVResponse
        {
            Header = _core.Headers.New(),
            Hash = outcome.Response.Hash,
            CompactRevision = outcome.Response.CompactRevision,
            HashRevision = outcome.Response.Revision,
        };
    }

    /// <summary>The backend's file as of now, in chunks, and then its SHA-256. Holds one chunk at a time, however large the file is.</summary>
    public async Task Snapshot(SnapshotRequest request, IResponseWriter<SnapshotResponse> responses, CallContext context)
    {
        await _core.Access.RequireRootAsync(context);
        long startedAt = _core.Clock.GetTimestamp();
        string version = _core.StorageVersion.Stored;
        await _core.Commits.CommitAsync().WaitAsync(context.Cancellation);
        using BackendImage image = _core.Backend.OpenImage();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        string size = ByteCounts.Format(image.Length);
        _core.Log.Info(
            "sending database snapshot to client",
            new LogField("total-bytes", image.Length),
            new LogField("size", size),
            new LogField("storage-version", version));

        long sent = 0;
        while (sent < image.Length)
        {
            // Each message owns its bytes: the writer may still hold the last one when the next is made.
            byte[] chunk = new byte[Math.Min(SnapshotChunkBytes, image.Length - sent)];
            int read = image.Read(chunk);
            hash.AppendData(chunk, 0, read);
            sent += read;
            await responses.WriteAsync(
                new SnapshotResponse
                {
                    RemainingBytes = (ulong)(image.Length - sent),
                    Blob = UnsafeByteOperations.UnsafeWrap(chunk.AsMemory(0, read)),
                    Version = version,
                },
                context.Cancellation,
                moreFollows: true);
        }

        byte[] checksum = hash.GetHashAndReset();
        _core.Log.Info(
            "sending database sha256 checksum to client",
            new LogField("total-bytes", image.Length),
            new LogField("checksum-size", checksum.Length));
        await responses.WriteAsync(new SnapshotResponse { Blob = UnsafeByteOperations.UnsafeWrap(checksum), Version = version }, context.Cancellation);
        TimeSpan took = _core.Clock.GetElapsedTime(startedAt);
        _core.Metrics.BackendSnapshot.Observe(took.TotalSeconds);
        _core.Log.Info(
            "successfully sent database snapshot to client",
            new LogField("total-bytes", image.Length),
            new LogField("size", size),
            new LogField("took", took),
            new LogField("storage-version", version));
    }

    /// <returns>The target.</returns>
    private async ValueTask<Version> RequireDowngradableAsync(string text, CallContext context)
    {
        Version target = ClusterVersions.Parse(text) ?? throw EtcdErrors.WrongDowngradeVersionFormat.ToException();
        if (_core.Members.Current.ClusterVersion is null)
            throw EtcdErrors.ClusterVersionUnavailable.ToException();
        await _core.Reads.WaitAsync(context.Cancellation);
        ClusterView cluster = _core.Members.Current;
        if (cluster.ClusterVersion is not { } version || !ClusterVersions.MayDowngrade(version, target))
            throw EtcdErrors.InvalidDowngradeTargetVersion.ToException();
        return cluster.Downgrade.Enabled ? throw EtcdErrors.DowngradeInProcess.ToException() : target;
    }

    /// <summary>Without a downgrade under way there is nothing to call off, which is no failure.</summary>
    private async ValueTask CancelDowngradeAsync(CallContext context)
    {
        await _core.Reads.WaitAsync(context.Cancellation);
        if (_core.Members.Current.Downgrade.Enabled)
            await _core.ReplicateAsync("Downgrade", new InternalRaftRequest { DowngradeInfoSet = new DowngradeInfoSetRequest() }, context);
        else
            _core.Log.Warn("failed to cancel downgrade", new LogField("error", EtcdErrors.NoInflightDowngrade.Message));
    }
}
