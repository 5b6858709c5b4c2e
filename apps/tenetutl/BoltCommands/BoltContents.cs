using System.Text;
using Tenet.Bolt;
using Tenet.CommandLine;
using Tenet.Foundation.Files;

namespace Tenet.Utl.BoltCommands;

/// <summary>The commands that show what a db file holds: buckets, keys, values and their tree (contract/api.md, 10.5).</summary>
internal sealed class BoltContents(IFileSystem files, OutputWriter output, TimeSpan? lockTimeout)
{
    /// <summary>The size of a page.</summary>
    public void Info(string path)
    {
        using BoltDatabase database = BoltFileSource.Open(files, path, lockTimeout);
        output.Line($"Page Size: {database.PageSize}");
    }

    /// <summary>The names of the top-level buckets, one a line.</summary>
    public void Buckets(string path)
    {
        using BoltDatabase database = BoltFileSource.Open(files, path, lockTimeout);
        using BoltReadTransaction view = database.BeginRead();
        BoltCursor names = view.Cursor();
        while (names.Next())
        {
            if (names.IsBucket)
                output.Line(Encoding.UTF8.GetString(names.Key));
        }
    }

    /// <summary>The keys of a bucket, one a line.</summary>
    public void Keys(string path, IReadOnlyList<string> buckets, string format)
    {
        using BoltDatabase database = BoltFileSource.Open(files, path, lockTimeout);
        using BoltReadTransaction view = database.BeginRead();
        BoltCursor keys = BoltFileSource.Bucket(view, buckets).Cursor();
        while (keys.Next())
            output.Line(ByteText.Format(keys.Key, format));
    }

    /// <summary>The value of a key.</summary>
    public void Get(string path, IReadOnlyList<string> buckets, string key, string parseFormat, string format)
    {
        if (buckets.Count == 0)
            throw new UtlException("bucket is required: bucket required");
        byte[] wanted = ByteText.Parse(key, parseFormat);
        if (wanted.Length == 0)
            throw new UtlException("key is required: key required");
        using BoltDatabase database = BoltFileSource.Open(files, path, lockTimeout);
        using BoltReadTransaction view = database.BeginRead();
        if (!BoltFileSource.Bucket(view, buckets).TryGet(wanted, out ReadOnlySpan<byte> value))
            throw new UtlException($"Error key not found for key: {GoQuote.Bytes(wanted)} hex: \"{Convert.ToHexStringLower(wanted)}\"");
        output.Line(ByteText.Format(value, format));
    }

    /// <summary>The tree of buckets as JSON.</summary>
    public void Inspect(string path)
    {
        using BoltDatabase database = BoltFileSource.Open(files, path, lockTimeout);
        using BoltReadTransaction view = database.BeginRead();
        var json = new BucketTreeText();
        BoltCursor names = view.Cursor();
        json.Begin("root", CountKeys(view.Cursor()));
        while (names.Next())
        {
            if (names.IsBucket)
                Inspect(json, Encoding.UTF8.GetString(names.Key), view.Bucket(names.Key)!);
        }

        json.End();
        output.Line(json.ToString());
    }

    /// <summary>What the top-level buckets whose names begin so occupy.</summary>
    public void Stats(string path, string prefix)
    {
        using BoltDatabase database = BoltFileSource.Open(files, path, lockTimeout);
        using BoltReadTransaction view = database.BeginRead();
        var totals = new BucketTotals(database.PageSize);
        BoltCursor names = view.Cursor();
        byte[] start = Encoding.UTF8.GetBytes(prefix);
        while (names.Next())
        {
            if (names.IsBucket && names.Key.StartsWith(start))
                totals.Add(view.Bucket(names.Key)!.Stats());
        }

        totals.WriteTo(output);
    }

    /// <summary>Checks the file, or the tree below one page.</summary>
    /// <exception cref="UtlException">It is damaged; what was found has been written.</exception>
    public void Check(string path, ulong fromPage)
    {
        using BoltDatabase database = BoltFileSource.Open(files, path, lockTimeout);
        using BoltReadTransaction view = database.BeginRead();
        BoltCheckReport report = view.Check(fromPage);
        foreach (string problem in report.Problems)
            output.Line(problem);
        if (!report.IsSound)
        {
            output.Line($"{report.Problems.Count} errors found");
            throw new UtlException("invalid value");
        }

        output.Line("OK");
    }

    private static void Inspect(BucketTreeText json, string name, BoltBucket bucket)
    {
        json.Begin(name, CountKeys(bucket.Cursor()));
        BoltCursor names = bucket.Cursor();
        while (names.Next())
        {
            if (names.IsBucket)
                Inspect(json, Encoding.UTF8.GetString(names.Key), bucket.Bucket(names.Key)!);
        }

        json.End();
    }

    private static long CountKeys(BoltCursor cursor)
    {
        long count = 0;
        while (cursor.Next())
        {
            if (!cursor.IsBucket)
                count++;
        }

        return count;
    }
}
