using System.Buffers.Binary;
using Tenet.Bolt;
using Tenet.Foundation;
using Tenet.Foundation.Checksums;
using Tenet.Foundation.Files.Simulation;
using Tenet.Foundation.Randomness;
using Tenet.Fuzz.Mutation;
using Tenet.Fuzz.Worlds;

namespace Tenet.Fuzz.Targets;

/// <summary>
/// Database files. A damaged one is refused, or whatever is done with it (walked, searched, checked, written to) ends with an answer or with the damage's name
/// and place.
/// </summary>
internal sealed class DatabaseTarget : FuzzTarget
{
    private const string Path = "/db";
    private const int PageBytes = 4096;
    private const int MetaContentAt = 16;
    private const int MetaChecksumAt = 56;

    /// <summary>More entries than the sound files have, on any way through them.</summary>
    private const int StepsMax = 100_000;

    private readonly byte[][] _files = [Make(noFreelistSync: true, 1), Make(noFreelistSync: false, 2), Make(noFreelistSync: true, 3)];

    public override string Summary => "database files: damaged pages, and meta pages with a checksum that fits";

    public override int CasesInTests => 600;

    public override void Run(SeededRandom random)
    {
        byte[] bytes = [.. _files[random.Next(_files.Length)]];
        bytes = random.Next(4) switch
        {
            0 => DamageMeta(random, bytes),
            1 => ByteMutator.Damage(random, bytes),
            2 => DamageElements(random, bytes),
            _ => DamagePage(random, bytes),
        };
        SimFileSystem disk = new();
        disk.WriteFile(Path, bytes);
        bool readOnly = random.Chance(0.3);
        try
        {
            using BoltDatabase database = BoltDatabase.Open(disk, Path, new BoltOptions { ReadOnly = readOnly, NoFreelistSync = random.Chance(0.5), LockTimeout = TimeSpan.Zero });
            Refusable(() => WalkAll(database));
            Refusable(() => Search(random, database));
            using (BoltReadTransaction read = database.BeginRead())
                _ = read.Check().ToString();
            if (!readOnly)
                Refusable(() => WriteTo(random, database));
        }
        catch (CorruptionException)
        {
            // It says what is wrong and where.
        }
        catch (Exception failure)
        {
            throw new FuzzFailedException($"a file of {bytes.Length} bytes", failure);
        }
    }

    private static void Refusable(Action action)
    {
        try
        {
            action();
        }
        catch (CorruptionException)
        {
            // As above.
        }
    }

    private static void WalkAll(BoltDatabase database)
    {
        using BoltReadTransaction read = database.BeginRead();
        int steps = 0;
        BoltCursor cursor = read.Cursor();
        for (bool more = cursor.First(); more; more = cursor.Next())
        {
            if (cursor.IsBucket && read.Bucket(cursor.Key) is { } bucket)
                Walk(bucket, 0, ref steps);
            Step(ref steps);
        }
    }

    private static void Walk(BoltBucket bucket, int depth, ref int steps)
    {
        BoltCursor cursor = bucket.Cursor();
        for (bool more = cursor.First(); more; more = cursor.Next())
        {
            Step(ref steps);
            _ = cursor.Value.Length;
            if (cursor.IsBucket && depth < 3 && bucket.Bucket(cursor.Key) is { } inner)
                Walk(inner, depth + 1, ref steps);
        }

        for (bool more = cursor.Last(); more; more = cursor.Previous())
            Step(ref steps);
        _ = bucket.Stats();
    }

    private static void Step(ref int steps)
    {
        if (++steps > StepsMax)
            throw new FuzzFailedException("a walk does not end");
    }

    private static void Search(SeededRandom random, BoltDatabase database)
    {
        using BoltReadTransaction read = database.BeginRead();
        if (read.Bucket("b0"u8) is not { } bucket)
            return;
        for (int i = 0; i < 20; i++)
        {
            byte[] key = Key(random.Next(600));
            _ = bucket.TryGet(key, out _);
            _ = bucket.Cursor().Seek(key);
        }
    }

    private static void WriteTo(SeededRandom random, BoltDatabase database)
    {
        for (int round = 0; round < 2; round++)
        {
            using BoltWriteTransaction write = database.BeginWrite();
            BoltBucket bucket = write.CreateBucketIfMissing("b0"u8);
            for (int i = 0; i < 30; i++)
            {
                byte[] key = Key(random.Next(600));
                if (random.Chance(0.5))
                    bucket.Put(key, new byte[random.Next(500)]);
                else
                    bucket.Delete(key);
            }

            write.Commit();
        }
    }

    /// <summary>Any field of a meta page changed, and the checksum made to fit.</summary>
    private static byte[] DamageMeta(SeededRandom random, byte[] bytes)
    {
        int pages = random.Chance(0.5) ? 2 : 1;
        for (int page = 0; page < pages; page++)
        {
            Span<byte> content = bytes.AsSpan(page * PageBytes + MetaContentAt, MetaChecksumAt + sizeof(ulong));
            int field = 8 + 8 * random.Next(6);
            ulong value = random.Chance(0.5) ? (ulong)random.Next(64) : ByteMutator.Number(random);
            if (field == 8)
                BinaryPrimitives.WriteUInt32LittleEndian(content[field..], random.Chance(0.5) ? 1u << random.Next(32) : (uint)value);
            else
                BinaryPrimitives.WriteUInt64LittleEndian(content[field..], value);
            BinaryPrimitives.WriteUInt64LittleEndian(content[MetaChecksumAt..], Fnv1a64.Compute(content[..MetaChecksumAt]));
        }

        return bytes;
    }

    private static byte[] DamagePage(SeededRandom random, byte[] bytes)
    {
        int page = 2 + random.Next(bytes.Length / PageBytes - 2);
        byte[] damaged = ByteMutator.Damage(random, bytes[(page * PageBytes)..((page + 1) * PageBytes)]);
        damaged.AsSpan(0, Math.Min(damaged.Length, PageBytes)).CopyTo(bytes.AsSpan(page * PageBytes));
        return bytes;
    }

    /// <summary>What pages say of themselves and of their elements.</summary>
    private static byte[] DamageElements(SeededRandom random, byte[] bytes)
    {
        for (int times = 1 + random.Next(3); times > 0; times--)
        {
            int page = (2 + random.Next(bytes.Length / PageBytes - 2)) * PageBytes;
            switch (random.Next(4))
            {
                case 0:
                    BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(page + 8), (ushort)(1 << random.Next(6)));
                    break;
                case 1:
                    BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(page + 10), (ushort)ByteMutator.Number(random));
                    break;
                case 2:
                    BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(page + 12), (uint)ByteMutator.Number(random));
                    break;
                default:
                    int field = page + 16 + 16 * random.Next(8) + 4 * random.Next(4);
                    BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(field), random.Chance(0.5) ? (uint)random.Next(64) : (uint)ByteMutator.Number(random));
                    break;
            }
        }

        return bytes;
    }

    private static byte[] Key(int number) => System.Text.Encoding.ASCII.GetBytes($"k{number:d4}");

    private static byte[] Make(bool noFreelistSync, ulong seed)
    {
        SeededRandom random = new(seed);
        SimFileSystem disk = new();
        using (BoltDatabase database = BoltDatabase.Open(disk, Path, new BoltOptions { NoFreelistSync = noFreelistSync, PageSize = PageBytes }))
        {
            for (int round = 0; round < 4; round++)
            {
                using BoltWriteTransaction write = database.BeginWrite();
                for (int name = 0; name < 3; name++)
                {
                    BoltBucket bucket = write.CreateBucketIfMissing(System.Text.Encoding.ASCII.GetBytes($"b{name}"));
                    for (int i = 0; i < 150; i++)
                        bucket.Put(Key(random.Next(600)), new byte[random.Next(random.Chance(0.02) ? 9000 : 60)]);
                    BoltBucket inner = bucket.CreateBucketIfMissing("nested"u8);
                    inner.Put("a"u8, "b"u8);
                    if (round > 1)
                        inner.CreateBucketIfMissing("deeper"u8).Put(Key(round), new byte[5000]);
                }

                write.Commit();
            }
        }

        return disk.ReadFile(Path);
    }
}
