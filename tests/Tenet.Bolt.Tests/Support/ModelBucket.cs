using Tenet.Foundation.Checksums;

namespace Tenet.Bolt.Tests.Support;

/// <summary>What a bucket should hold, kept in plain sorted dictionaries.</summary>
internal sealed class ModelBucket
{
    public SortedDictionary<byte[], byte[]> Values { get; } = new(ByteOrder.Instance);

    public SortedDictionary<byte[], ModelBucket> Buckets { get; } = new(ByteOrder.Instance);

    public ulong Sequence { get; set; }

    public ModelBucket Clone()
    {
        var copy = new ModelBucket { Sequence = Sequence };
        foreach ((byte[] key, byte[] value) in Values)
            copy.Values.Add(key, value);
        foreach ((byte[] name, ModelBucket bucket) in Buckets)
            copy.Buckets.Add(name, bucket.Clone());
        return copy;
    }

    /// <summary>All keys, ascending; the value is null for a nested bucket.</summary>
    public List<(byte[] Key, byte[]? Value)> Entries()
    {
        var entries = new List<(byte[] Key, byte[]? Value)>();
        foreach ((byte[] key, byte[] value) in Values)
            entries.Add((key, value));
        foreach (byte[] name in Buckets.Keys)
            entries.Add((name, null));
        entries.Sort(static (left, right) => left.Key.AsSpan().SequenceCompareTo(right.Key));
        return entries;
    }

    /// <summary>The content as text, so that two states can be compared and a difference can be read.</summary>
    public string Describe(string indent = "")
    {
        var text = new System.Text.StringBuilder();
        foreach ((byte[] key, byte[]? value) in Entries())
        {
            text.Append(indent).Append(Convert.ToHexStringLower(key));
            if (value is not null)
                text.Append(" = ").Append(value.Length).Append(':').Append($"{Crc32C.Compute(value):x8}\n");
            else
                text.Append(" [").Append(Buckets[key].Sequence).Append("]\n").Append(Buckets[key].Describe(indent + "  "));
        }

        return text.ToString();
    }

    public static ModelBucket Read(BoltReadTransaction transaction) => Read(transaction.Root);

    public static ModelBucket Read(BoltBucket bucket)
    {
        var model = new ModelBucket { Sequence = bucket.Sequence };
        BoltCursor cursor = bucket.Cursor();
        while (cursor.Next())
        {
            if (cursor.IsBucket)
                model.Buckets.Add(cursor.Key.ToArray(), Read(bucket.Bucket(cursor.Key)!));
            else
                model.Values.Add(cursor.Key.ToArray(), cursor.Value.ToArray());
        }

        return model;
    }

    public sealed class ByteOrder : IComparer<byte[]>
    {
        public static ByteOrder Instance { get; } = new();

        public int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y);
    }
}
