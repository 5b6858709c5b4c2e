using Tenet.Foundation;
using Tenet.Foundation.Files;
using Tenet.Foundation.Logging;

namespace Tenet.Wal.Segments;

/// <summary>Finds and opens the segments of a log (contract/storage.md, 2.8).</summary>
internal static class SegmentDirectory
{
    /// <summary>The names of all segments, in order.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    public static List<SegmentName> Names(IFileSystem files, string directory, ILog log)
    {
        var names = new List<SegmentName>();
        foreach (string name in files.List(directory))
        {
            if (SegmentName.TryParse(name, out SegmentName? segment))
                names.Add(segment.Value);
            else if (!name.EndsWith(".tmp", StringComparison.Ordinal))
                log.Warn("ignored file in WAL directory", new LogField("path", name));
        }

        if (names.Count == 0)
            throw new FileNotFoundException($"wal: file not found: no segment in {directory}");
        return names;
    }

    /// <summary>The segments that hold what follows the index: the last one named for it or less, and all after.</summary>
    /// <exception cref="FileNotFoundException">The log begins after the index, or there is no segment.</exception>
    /// <exception cref="CorruptionException">A segment is missing in between.</exception>
    public static List<SegmentName> NamesFrom(IFileSystem files, string directory, ulong index, ILog log)
    {
        List<SegmentName> names = Names(files, directory, log);
        int first = names.FindLastIndex(name => name.Index <= index);
        if (first < 0)
            throw new FileNotFoundException($"wal: file not found which matches the snapshot index '{index}' in {directory}");
        names.RemoveRange(0, first);
        for (int i = 1; i < names.Count; i++)
        {
            if (names[i].Sequence != names[i - 1].Sequence + 1)
            {
                throw new CorruptionException(
                    $"{directory}/{names[i]}",
                    0,
                    $"segment number {names[i - 1].Sequence + 1}",
                    $"{names[i].Sequence} (wal: file sequence numbers (starting from {names[0].Sequence}) do not increase continuously)");
            }
        }

        return names;
    }

    public static List<Segment> OpenForReading(IFileSystem files, string directory, List<SegmentName> names) =>
        Open(names, name => new Segment(files.Open($"{directory}/{name}", FileOpenMode.Existing, FileAccess.Read), directory, name));

    /// <summary>Opens and locks the segments.</summary>
    /// <exception cref="IOException">Another process holds one of them.</exception>
    public static List<Segment> OpenForAppending(IFileSystem files, string directory, List<SegmentName> names) =>
        Open(names, name => new Segment(OpenLocked(files, $"{directory}/{name}", FileOpenMode.Existing), directory, name));

    /// <summary>Opens a file for reading and writing under the lock that etcd's tools respect.</summary>
    public static IFile OpenLocked(IFileSystem files, string path, FileOpenMode mode)
    {
        IFile file = files.Open(path, mode, FileAccess.ReadWrite);
        try
        {
            return file.TryLock(FileLockKind.OpenFileDescription)
                ? file
                : throw new IOException($"fileutil: file already locked: {path}");
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static List<Segment> Open(List<SegmentName> names, Func<SegmentName, Segment> open)
    {
        var segments = new List<Segment>(names.Count);
        try
        {
            foreach (SegmentName name in names)
                segments.Add(open(name));
            return segments;
        }
        catch
        {
            segments.ForEach(segment => segment.Dispose());
            throw;
        }
    }
}
