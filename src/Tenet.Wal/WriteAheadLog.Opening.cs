using System.Globalization;
using Tenet.Foundation;
using Tenet.Foundation.Files;
using Tenet.Foundation.Logging;
using Tenet.Raft;
using Tenet.Wal.Records;
using Tenet.Wal.Segments;

namespace Tenet.Wal;

/// <summary>Creating, opening, repairing and inspecting logs.</summary>
public sealed partial class WriteAheadLog
{
    /// <summary>Whether the directory holds a log: at least one segment. That alone tells a restart from a new member (contract/storage.md, 1.1).</summary>
    public static bool Exists(IFileSystem files, string directory)
    {
        if (!files.DirectoryExists(directory))
            return false;
        foreach (string name in files.List(directory))
        {
            if (name.EndsWith(SegmentName.Extension, StringComparison.Ordinal))
                return true;
        }

        return false;
    }

    /// <summary>
    /// Creates a log that holds nothing but the metadata. It is built beside its place and moved there, so that a power cut leaves a
    /// whole log or none.
    /// </summary>
    /// <param name="files">Where.</param>
    /// <param name="directory">The directory of the log; anything that is there already and is no log is removed.</param>
    /// <param name="metadata">Bytes that every segment repeats: who the member is.</param>
    /// <param name="options">How the log is kept.</param>
    /// <exception cref="IOException">There is a log already, or the disk refuses.</exception>
    public static WriteAheadLog Create(IFileSystem files, string directory, ReadOnlySpan<byte> metadata, WalOptions options)
    {
        directory = directory.TrimEnd('/');
        if (Exists(files, directory))
            throw new IOException($"file already exists: {directory} holds a write-ahead log");

        string building = directory + ".tmp";
        files.DeleteDirectory(building);
        files.CreateDirectory(building);
        var name = new SegmentName(0, 0);
        IFile file = SegmentDirectory.OpenLocked(files, $"{building}/{name}", FileOpenMode.CreateNew);
        try
        {
            file.Preallocate(options.SegmentBytes);
            var log = new WriteAheadLog(files, directory, options, metadata, [new Segment(file, directory, name)], checksum: 0);
            log.AppendHeader();
            log._encoder.Append(WalSnapshot.Beginning);
            log.Flush();
            file.SyncData();
            log._hasUnsyncedBytes = false;
            files.SyncDirectory(building);
            files.DeleteDirectory(directory);
            files.Rename(building, directory);
            SyncParent(files, directory, options);
            return log;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Opens a log for appending and reads what follows the snapshot. A torn tail is cut off (contract/storage.md, 2.11); all else
    /// that is wrong with it is refused.
    /// </summary>
    /// <exception cref="CorruptionException">Durable bytes have changed, or a segment is missing.</exception>
    /// <exception cref="FileNotFoundException">There is no log, or it begins after the snapshot.</exception>
    /// <exception cref="IOException">Another process has the log open, or the disk fails.</exception>
    public static WalRecovery Open(IFileSystem files, string directory, WalSnapshot from, WalOptions options)
    {
        directory = directory.TrimEnd('/');
        List<SegmentName> names = SegmentDirectory.NamesFrom(files, directory, from.Index, options.Log);
        List<Segment> segments = SegmentDirectory.OpenForAppending(files, directory, names);
        try
        {
            var contents = new LogContents(from);
            var reader = new RecordReader(segments);
            while (reader.Next(out Record record))
            {
                if (contents.Take(record))
                    reader.KeepData();
            }

            if (reader.End == ReadEnd.Torn && !reader.IsLastSegment)
                throw reader.TornError();
            bool isHeaderWhole = IsHeaderWhole(contents, reader);
            if (reader.End == ReadEnd.Torn)
                KeepBroken(files, directory, reader, options.Log);

            var log = new WriteAheadLog(files, directory, options, contents.Metadata.Span, segments, reader.Checksum)
            {
                _hardState = contents.HardState,
                _lastIndex = contents.LastIndex,
            };
            log.BeginAppending(isHeaderWhole ? reader.Offset : 0);
            return new WalRecovery(log, contents, repaired: reader.End == ReadEnd.Torn);
        }
        catch
        {
            segments.ForEach(segment => segment.Dispose());
            throw;
        }
    }

    /// <summary>
    /// The snapshot records whose index is committed, oldest first, the one of index 0 included (contract/storage.md, 2.13). Takes no lock and reads a
    /// torn log as far as it goes.
    /// </summary>
    /// <exception cref="CorruptionException">Durable bytes have changed.</exception>
    /// <exception cref="FileNotFoundException">There is no log.</exception>
    public static IReadOnlyList<WalSnapshot> ValidSnapshots(IFileSystem files, string directory, ILog? log = null)
    {
        directory = directory.TrimEnd('/');
        List<SegmentName> names = SegmentDirectory.Names(files, directory, log ?? NoLog.Instance);
        LogContents contents = Inspect(files, directory, names, WalSnapshot.Beginning);
        contents.Snapshots.RemoveAll(snapshot => snapshot.Index > contents.HardState.Commit);
        return contents.Snapshots;
    }

    /// <summary>Reads the log from the snapshot on and checks everything but the entries' contents. Takes no lock.</summary>
    /// <returns>The last hard state.</returns>
    /// <exception cref="CorruptionException">Durable bytes have changed, or the snapshot's record is not there or is of another term.</exception>
    /// <exception cref="FileNotFoundException">There is no log, or it begins after the snapshot.</exception>
    public static HardState Verify(IFileSystem files, string directory, WalSnapshot snapshot)
    {
        directory = directory.TrimEnd('/');
        List<SegmentName> names = SegmentDirectory.NamesFrom(files, directory, snapshot.Index, NoLog.Instance);
        LogContents contents = Inspect(files, directory, names, snapshot);
        return contents.FoundSnapshot
            ? contents.HardState
            : throw new CorruptionException(
                directory, 0, $"a record of the snapshot at index {snapshot.Index}", "none (wal: snapshot not found)");
    }

    /// <summary>The entries after the newest committed snapshot. Takes no lock and reads as far as whole records go, so the log may be in use.</summary>
    /// <exception cref="CorruptionException">Durable bytes have changed, or a record was being written.</exception>
    /// <exception cref="FileNotFoundException">There is no log.</exception>
    public static IReadOnlyList<Entry> EntriesAfterSnapshot(IFileSystem files, string directory)
    {
        directory = directory.TrimEnd('/');
        IReadOnlyList<WalSnapshot> snapshots = ValidSnapshots(files, directory);
        WalSnapshot from = snapshots.Count > 0 ? snapshots[^1] : WalSnapshot.Beginning;
        List<Segment> segments = SegmentDirectory.OpenForReading(files, directory, SegmentDirectory.NamesFrom(files, directory, from.Index, NoLog.Instance));
        try
        {
            var contents = new LogContents(from);
            var reader = new RecordReader(segments);
            while (reader.Next(out Record record))
            {
                if (contents.Take(record))
                    reader.KeepData();
            }

            return contents.Entries;
        }
        finally
        {
            segments.ForEach(segment => segment.Dispose());
        }
    }

    private static LogContents Inspect(IFileSystem files, string directory, List<SegmentName> names, WalSnapshot from)
    {
        List<Segment> segments = SegmentDirectory.OpenForReading(files, directory, names);
        try
        {
            var contents = new LogContents(from);
            var reader = new RecordReader(segments);
            while (reader.Next(out Record record))
                contents.TakeWithoutEntries(record);
            return contents;
        }
        finally
        {
            segments.ForEach(segment => segment.Dispose());
        }
    }

    /// <summary>
    /// Whether the last segment begins with checksum and metadata. They were synced before it got its name, so without them only a
    /// segment that holds no records is let pass, and gets them again.
    /// </summary>
    private static bool IsHeaderWhole(LogContents contents, RecordReader reader)
    {
        Segment last = reader.Segment;
        if (contents.MetadataSeenIn == last.Path)
            return true;
        if (contents.MetadataSeenIn is not null && !HoldsRecords(last, reader.Offset, RecordEncoder.HeaderBytesMax(contents.Metadata.Length)))
            return false;
        throw new CorruptionException(last.Path, reader.Offset, "the header of a segment", "none");
    }

    private static bool HoldsRecords(Segment segment, long from, long headerBytesMax)
    {
        if (segment.Length < headerBytesMax)
            return false;
        byte[] piece = new byte[64 * 1024];
        for (long at = from; at < segment.Length;)
        {
            int count = segment.File.Read(piece, at);
            if (count == 0)
                break;
            if (piece.AsSpan(0, count).ContainsAnyExcept((byte)0))
                return true;
            at += count;
        }

        return false;
    }

    /// <summary>Keeps the whole last segment as <c>.broken</c> before its torn end is cut off.</summary>
    private static void KeepBroken(IFileSystem files, string directory, RecordReader reader, ILog log)
    {
        Segment torn = reader.Segment;
        log.Info("repairing", new LogField("path", torn.Path), new LogField("offset", reader.Offset), new LogField("found", reader.TornBecause));
        using (IFile broken = files.Open(torn.Path + ".broken", FileOpenMode.Truncate, FileAccess.ReadWrite))
        {
            byte[] piece = new byte[1 << 20];
            for (long at = 0; at < torn.Length;)
            {
                int count = torn.File.Read(piece, at);
                if (count == 0)
                    break;
                broken.Write(piece.AsSpan(0, count), at);
                at += count;
            }

            broken.Sync();
        }

        files.SyncDirectory(directory);
        log.Info("repaired", new LogField("path", torn.Path), new LogField("error", "unexpected EOF"));
    }

    /// <summary>
    /// Cuts the last segment after its last good record and fills it with zeros to its former size, so that nothing stale can follow
    /// new records. What was read may so far be in the page cache only, left there by a process that was killed: all of it is synced
    /// before anybody builds on it.
    /// </summary>
    private void BeginAppending(long position)
    {
        Segment tail = _segments[^1];
        tail.File.SetLength(position);
        // A file that was cut off between two frames' places ends at the first of them: a piece of one would look torn next time.
        tail.File.Preallocate(tail.Length / RecordEncoder.FrameAlignment * RecordEncoder.FrameAlignment);
        _position = position;
        if (position == 0)
        {
            AppendHeader();
            Flush();
        }

        tail.File.Sync();
        _hasUnsyncedBytes = false;
        _files.SyncDirectory(_directory);
    }

    private static void SyncParent(IFileSystem files, string directory, WalOptions options)
    {
        string parent = directory[..(directory.LastIndexOf('/') + 1)];
        try
        {
            files.SyncDirectory(parent.Length == 0 ? "." : parent);
        }
        catch (IOException)
        {
            // The next start must not take this for the log of a member that has been running.
            string time = options.Time.GetUtcNow().ToString("yyyyMMdd.HHmmss.FFFFFF", CultureInfo.InvariantCulture);
            files.Rename(directory, $"{directory}.broken.{time}");
            throw;
        }
    }
}
