using System.Buffers.Binary;
using Tenet.Server;
using Tenet.Server.Loops;
using Tenet.State.Backends;
using Tenet.State.Mvcc;

namespace Tenet.Simulation.Planted;

/// <summary>Deletions do not reach the backend of one member; its index in memory knows of them.</summary>
internal sealed class LostTombstone : PlantedBug
{
    private const int TombstoneKeyLength = 18;

    private long _seen = 1;

    public override void AfterTurn(Member member, ITurn turn)
    {
        MvccStore store = member.Engine.Core.Store;
        if (turn.Name != "apply" || store.CurrentRevision == _seen || member.Engine.Core.Options.Name != "n1")
            return;
        List<byte[]> tombstones = [];
        using (BackendRead read = member.Engine.Core.Backend.OpenRead())
        {
            BackendCursor cursor = read.Scan(Bucket.Key, StoredFrom(_seen + 1));
            while (cursor.MoveNext())
            {
                if (cursor.Key.Length == TombstoneKeyLength)
                    tombstones.Add(cursor.Key.ToArray());
            }
        }

        _seen = store.CurrentRevision;
        foreach (byte[] key in tombstones)
            member.Engine.Core.Backend.DeleteRecords([new StoredRevision(new Revision(Read(key, 0), Read(key, 9)), IsTombstone: true)]);
    }

    private static long Read(byte[] key, int at) => BinaryPrimitives.ReadInt64BigEndian(key.AsSpan(at));

    private static byte[] StoredFrom(long revision)
    {
        var key = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(key, revision);
        return key;
    }
}
