using Google.Protobuf;
using Tenet.Foundation.Randomness;
using Tenet.Interop.Tests.Wire;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Mvccpb;

namespace Tenet.Interop.Tests.Clusters;

/// <summary>
/// A client that follows all changes of the load, and when its stream breaks or stays silent goes on at another member where it stopped.
/// In the end it has been told every change once, in order.
/// </summary>
internal sealed class FollowingWatch : IAsyncDisposable
{
    /// <summary>Silence after which it looks elsewhere: a paused or isolated member says nothing.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly Cluster _cluster;
    private readonly SeededRandom _random;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<LoggedChange> _seen = [];
    private readonly Lock _noting = new();
    private readonly Task _following;
    private long _last;

    public FollowingWatch(Cluster cluster, SeededRandom random)
    {
        _cluster = cluster;
        _random = random;
        _following = Task.Run(FollowAsync);
    }

    /// <summary>Waits until everything has arrived, and compares.</summary>
    public async Task StopAndCheckAsync(IReadOnlyList<LoggedChange> expected)
    {
        await Eventually.TrueAsync("the watch has seen everything", complaint =>
        {
            lock (_noting)
                return Task.FromResult(_following.IsCompleted || _seen.Count >= expected.Count || complaint.Note($"{_seen.Count} of {expected.Count} changes"));
        });
        await _stop.CancelAsync();
        await _following;
        for (int i = 0; i < expected.Count; i++)
            Assert.True(_seen[i] == expected[i], $"change {i} of the watch is {_seen[i]}, not {expected[i]}");
        Assert.Equal(expected.Count, _seen.Count);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _following.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task FollowAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            List<ClusterMember> members = [.. _cluster.Members];
            ClusterMember member = members[_random.Next(members.Count)];
            try
            {
                using EtcdClient client = new(member.ClientPort);
                using GrpcStream<WatchRequest, WatchResponse> watch = client.Watch();
                watch.Send(new WatchRequest
                {
                    CreateRequest = new() { Key = ByteString.CopyFromUtf8(ClusterLoad.Prefix), RangeEnd = ByteString.CopyFromUtf8("load0"), StartRevision = _last + 1 },
                });
                while (await watch.ReadAsync().WaitAsync(Patience, _stop.Token) is { } response)
                    Note(response, member);
            }
            catch (Exception failure) when (failure is HttpRequestException or IOException or OperationCanceledException or TimeoutException)
            {
                // Elsewhere, then.
            }
        }
    }

    private void Note(WatchResponse response, ClusterMember member)
    {
        Assert.False(response.Canceled, $"{member} ends a watch: {response}");
        lock (_noting)
        {
            foreach (Event one in response.Events)
            {
                Assert.True(one.Kv.ModRevision > _last, $"{member} sends revision {one.Kv.ModRevision} after {_last}");
                HistoryAudit.Add(_seen, one);
            }
            // Each change of the load writes one key: a revision never comes in parts.
            if (response.Events.Count > 0)
                _last = response.Events[^1].Kv.ModRevision;
        }
    }
}
