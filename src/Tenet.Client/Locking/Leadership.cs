using Google.Protobuf;

namespace Tenet.Client;

/// <summary>An election that was won. Disposing resigns.</summary>
public sealed class Leadership : IAsyncDisposable
{
    private readonly HeldKey _held;
    private readonly TenetClient _client;

    internal Leadership(HeldKey held, TenetClient client) => (_held, _client) = (held, client);

    /// <summary>The key that stands for it.</summary>
    public string Key => _held.Key.ToStringUtf8();

    /// <summary>Greater for each later leader; what it is for, <see cref="HeldLock.FencingRevision"/> says.</summary>
    public long FencingRevision => _held.CreateRevision;

    /// <summary>The lease that it goes with.</summary>
    public long LeaseId => _held.LeaseId;

    /// <summary>Fires when leadership is lost, or about to be, before another can have it; and when it is resigned.</summary>
    public CancellationToken Lost => _held.Lost;

    /// <summary>Whether it is certain at this moment that this is the leader.</summary>
    public bool IsHeld => _held.IsHeld;

    /// <summary>Holds in a transaction only while this is the leader.</summary>
    public Condition StillHeld => _held.Condition;

    /// <summary>Announces another value.</summary>
    /// <exception cref="OwnershipLostException">This is not the leader any more.</exception>
    public Task ProclaimAsync(string value, CancellationToken cancellation = default) => ProclaimAsync(Bytes.Of(value), cancellation);

    /// <inheritdoc cref="ProclaimAsync(string, CancellationToken)"/>
    public Task ProclaimAsync(ReadOnlyMemory<byte> value, CancellationToken cancellation = default) => ProclaimAsync(Bytes.Of(value), cancellation);

    /// <summary>Resigns.</summary>
    public ValueTask DisposeAsync() => _held.DisposeAsync();

    private async Task ProclaimAsync(ByteString value, CancellationToken cancellation)
    {
        TxnResult result = await _client.Kv.Txn()
            .If(StillHeld)
            .Then(Operation.Put(_held.Key.Memory, value.Memory, new PutOptions { LeaseId = LeaseId }))
            .CommitAsync(cancellation).ConfigureAwait(false);
        if (!result.Succeeded)
            throw new OwnershipLostException("election: not leader");
    }
}
