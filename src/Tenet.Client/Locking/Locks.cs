using Google.Protobuf;

namespace Tenet.Client;

/// <summary>Locks across processes and machines. They exclude those of <c>etcdctl lock</c>, of etcd's Lock service, and of Go's <c>concurrency.Mutex</c>.</summary>
public sealed class Locks
{
    private readonly KeyQueue _queue;

    internal Locks(KeyQueue queue) => _queue = queue;

    /// <summary>Waits for a lock. Locks are given in the order in which they were asked for. Giving up leaves the queue.</summary>
    /// <exception cref="OwnershipLostException">The place in the queue was lost.</exception>
    public async Task<HeldLock> AcquireAsync(string name, LockOptions? options = null, CancellationToken cancellation = default) =>
        new((await _queue.EnterAsync(name, ByteString.Empty, options ?? LockOptions.Default, wait: true, cancellation).ConfigureAwait(false))!);

    /// <summary>Takes a lock if nobody has it; null otherwise.</summary>
    public async Task<HeldLock?> TryAcquireAsync(string name, LockOptions? options = null, CancellationToken cancellation = default) =>
        await _queue.EnterAsync(name, ByteString.Empty, options ?? LockOptions.Default, wait: false, cancellation).ConfigureAwait(false) is { } held ? new HeldLock(held) : null;
}
