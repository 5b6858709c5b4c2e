using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Tenet.Bolt;
using Tenet.Server;
using Tenet.Server.Loops;
using Tenet.State.Backends;

namespace Tenet.Simulation.Planted;

/// <summary>The consistent index of a batch is committed in a transaction of its own before the data that it stands for.</summary>
internal sealed class IndexApartFromData : PlantedBug
{
    private SealedBatch? _done;

    public override void AfterTurn(Member member, ITurn turn)
    {
        Backend backend = member.Engine.Core.Backend;
        if (turn.Name != "apply" || SealedOf(backend) is not { } batch || batch == _done)
            return;
        _done = batch;
        using BoltWriteTransaction transaction = DatabaseOf(backend).BeginWrite();
        Span<byte> index = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(index, batch.ConsistentIndex);
        transaction.CreateBucketIfMissing("meta"u8).Put("consistent_index"u8, index);
        transaction.Commit();
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_sealed")]
    private static extern ref SealedBatch? SealedOf(Backend backend);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_database")]
    private static extern ref BoltDatabase DatabaseOf(Backend backend);
}
