using Tenet.Foundation.Randomness;

namespace Tenet.Bolt.Tests.Support;

/// <summary>Random changes, made to a database and to a model alike. The same seed makes the same changes whatever the database's options.</summary>
internal sealed class Workload(ulong seed, int keys = 400, int valueBytesMax = 300, int depthMax = 3)
{
    private readonly SeededRandom _random = new(seed);

    public SeededRandom Random => _random;

    public double FillPercent { get; init; } = 0.5;

    /// <summary>One transaction's worth of changes to the top-level buckets.</summary>
    public void Change(BoltWriteTransaction transaction, ModelBucket model, int operations)
    {
        for (int i = 0; i < operations; i++)
        {
            byte[] name = Name(_random.Next(4));
            if (_random.Chance(0.004) && model.Buckets.Remove(name))
            {
                transaction.DeleteBucket(name);
                continue;
            }

            if (!model.Buckets.TryGetValue(name, out ModelBucket? inner))
                model.Buckets.Add(name, inner = new ModelBucket());
            BoltBucket bucket = transaction.CreateBucketIfMissing(name);
            Change(bucket, inner, 1);
        }
    }

    private void Change(BoltBucket bucket, ModelBucket model, int depth)
    {
        bucket.FillPercent = FillPercent;
        int kind = _random.Next(100);
        byte[] key = Key();
        if (kind < 48)
            Put(bucket, model, key, Value());
        else if (kind < 58)
            PutRun(bucket, model);
        else if (kind < 76)
            Delete(bucket, model, key);
        else if (kind < 84)
            DeleteRun(bucket, model, key);
        else if (kind < 86)
            bucket.Sequence = model.Sequence = _random.NextUInt64();
        else if (depth < depthMax)
            ChangeNested(bucket, model, depth);
    }

    private void ChangeNested(BoltBucket bucket, ModelBucket model, int depth)
    {
        byte[] name = Name(_random.Next(5));
        if (_random.Chance(0.1) && model.Buckets.Remove(name))
        {
            bucket.DeleteBucket(name);
            return;
        }

        if (!model.Buckets.TryGetValue(name, out ModelBucket? inner))
            model.Buckets.Add(name, inner = new ModelBucket());
        BoltBucket nested = bucket.CreateBucketIfMissing(name);
        for (int i = _random.Next(1, 6); i > 0; i--)
            Change(nested, inner, depth + 1);
    }

    private static void Put(BoltBucket bucket, ModelBucket model, byte[] key, byte[] value)
    {
        bucket.Put(key, value);
        model.Values[key] = value;
    }

    private void PutRun(BoltBucket bucket, ModelBucket model)
    {
        int start = _random.Next(keys);
        for (int i = _random.Next(1, 60); i > 0; i--)
            Put(bucket, model, KeyOf(start + i), Value());
    }

    private static void Delete(BoltBucket bucket, ModelBucket model, byte[] key) => Assert.Equal(model.Values.Remove(key), bucket.Delete(key));

    /// <summary>Deletes neighbours while a cursor walks over them.</summary>
    private void DeleteRun(BoltBucket bucket, ModelBucket model, byte[] from)
    {
        BoltCursor cursor = bucket.Cursor();
        int left = _random.Next(1, 80);
        for (bool on = cursor.Seek(from); on && left > 0; on = cursor.Next(), left--)
        {
            if (!cursor.IsBucket)
                Delete(bucket, model, cursor.Key.ToArray());
        }
    }

    private byte[] Key() => KeyOf(_random.Next(keys));

    /// <summary>Keys of different lengths, most of them short.</summary>
    private static byte[] KeyOf(int number)
    {
        byte[] key = new byte[number % 37 == 0 ? 200 + number % 300 : 4 + number % 13];
        key[0] = (byte)'k';
        key[1] = (byte)(number >> 16);
        key[2] = (byte)(number >> 8);
        key[3] = (byte)number;
        return key;
    }

    private static byte[] Name(int number) => [(byte)'b', (byte)('0' + number)];

    private byte[] Value()
    {
        int length = _random.Chance(0.01) ? _random.Next(valueBytesMax * 40) : _random.Next(valueBytesMax);
        byte[] value = new byte[length];
        _random.Fill(value);
        return value;
    }
}
