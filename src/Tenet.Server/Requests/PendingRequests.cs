using Tenet.Foundation;
using Tenet.Protocol.Errors;

namespace Tenet.Server.Requests;

/// <summary>
/// Everybody who waits for a proposal, by request identifier. Taking a request out is what decides who completes it, so a result, a
/// timeout and the member's stop never meet.
/// </summary>
internal sealed class PendingRequests
{
    private const int ShardCount = 16;

    private readonly Shard[] _shards = CreateShards();
    private int _count;

    public int Count => Volatile.Read(ref _count);

    public void Add(PendingRequest request)
    {
        Shard shard = ShardOf(request.Id);
        bool added;
        lock (shard.Lock)
            added = shard.ById.TryAdd(request.Id, request);
        Invariant.That(added, $"request {request.Id:x} is registered twice");
        Interlocked.Increment(ref _count);
    }

    /// <summary>Takes a request out; null if nobody waits for it (any more).</summary>
    public PendingRequest? Take(ulong id)
    {
        Shard shard = ShardOf(id);
        PendingRequest? request;
        lock (shard.Lock)
            shard.ById.Remove(id, out request);
        if (request is not null)
            Interlocked.Decrement(ref _count);
        return request;
    }

    /// <summary>Takes a request out and completes it with a refusal, unless somebody else was first.</summary>
    public bool Refuse(ulong id, EtcdError error)
    {
        if (Take(id) is not { } request)
            return false;
        request.Complete(RequestResult.Refused(error));
        return true;
    }

    /// <summary>All requests that started before a moment or whose caller has gone away, into <paramref name="found"/>. They stay registered.</summary>
    public void FindOverdue(long startedBefore, List<PendingRequest> found)
    {
        foreach (Shard shard in _shards)
        {
            lock (shard.Lock)
            {
                foreach (PendingRequest request in shard.ById.Values)
                {
                    if (request.StartedAt < startedBefore || request.Context is { Cancellation.IsCancellationRequested: true })
                        found.Add(request);
                }
            }
        }
    }

    private static Shard[] CreateShards()
    {
        var shards = new Shard[ShardCount];
        for (int i = 0; i < shards.Length; i++)
            shards[i] = new Shard();
        return shards;
    }

    private Shard ShardOf(ulong id) => _shards[id % ShardCount];

    private sealed class Shard
    {
        public readonly Lock Lock = new();
        public readonly Dictionary<ulong, PendingRequest> ById = [];
    }
}
