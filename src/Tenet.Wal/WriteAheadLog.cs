using Tenet.Foundation;
using Tenet.Foundation.Files;
using Tenet.Foundation.Logging;
using Tenet.Raft;
using Tenet.Wal.Records;
using Tenet.Wal.Segments;

namespace Tenet.Wal;

/// <summary>
/// The Raft log on disk, in etcd's format (contract/storage.md, part 2): records in segments, chained by a checksum. What
/// <see cref="Save"/> returned from is found again after a power cut, and what is found is a prefix of what was saved.
/// </summary>
/// <remarks>
/// One thread at a time, except for <see cref="PrepareNextSegment"/>. After any failure to write or sync the log refuses to go on: nobody knows what
/// the medium holds then, and only opening it again tells.
/// </remarks>
public sealed partial class WriteAheadLog : IDisposable
{
    // A commit index alone waits here for company; more than this is handed to the system without a sync.
    private const int BufferedBytesMax = 128 * 1024;

    // A batch larger than this goes out in several writes.
    private const int WriteBytesMax = 1024 * 1024;

    private static readonly TimeSpan SlowSync = TimeSpan.FromSeconds(1);

    private readonly IFileSystem _files;
    private readonly string _directory;
    private readonly WalOptions _options;
    private readonly byte[] _metadata;
    private readonly RecordEncoder _encoder;
    private readonly NextSegment _next;

    // Locked segments in order; the last one is appended to.
    private readonly List<Segment> _segments;
    private long _position;
    private bool _hasUnsyncedBytes;
    private HardState _hardState;
    private ulong _lastIndex;
    private bool _failed;
    private bool _disposed;

    private WriteAheadLog(
        IFileSystem files, string directory, WalOptions options, ReadOnlySpan<byte> metadata, List<Segment> segments, uint checksum)
    {
        _files = files;
        _directory = directory;
        _options = options;
        _metadata = metadata.ToArray();
        _segments = segments;
        _encoder = new RecordEncoder(checksum);
        _next = new NextSegment(files, directory, options.SegmentBytes);
    }

    /// <summary>The index that the next saved entry may have at most, less one: that of the last entry, or of a snapshot beyond it.</summary>
    public ulong LastIndex => _lastIndex;

    /// <summary>Whether <see cref="PrepareNextSegment"/> has something to do. Any thread.</summary>
    public bool NeedsNextSegment => !_next.IsReady;

    /// <summary>
    /// Appends entries and then the hard state. On return they are durable if there are entries, or if term or vote changed; a new
    /// commit index alone stays in memory until the next durable call (contract/storage.md, 2.7).
    /// </summary>
    /// <param name="hardState">The new hard state; null or empty if it did not change.</param>
    /// <param name="entries">Entries without a gap. The first may have the index of an entry saved before: it replaces that one and all after it.</param>
    /// <exception cref="IOException">Writing or syncing failed, now or earlier; the log takes nothing more.</exception>
    public void Save(HardState? hardState, IReadOnlyList<Entry> entries)
    {
        ThrowIfUnusable();
        HardState state = hardState ?? default;
        int count = entries.Count;
        if (count == 0 && state.IsEmpty)
            return;

        bool mustSync = count > 0 || state.MustSyncAfter(_hardState);
        _failed = true;
        for (int i = 0; i < count; i++)
            AppendEntry(entries[i]);
        if (!state.IsEmpty)
        {
            _encoder.Append(state);
            _hardState = state;
        }

        if (_position + _encoder.Length >= _options.SegmentBytes)
            Cut();
        else if (mustSync)
            FlushAndSync();
        else if (_encoder.Length > BufferedBytesMax)
            Flush();
        _failed = false;
    }

    /// <summary>Appends a snapshot record; it is durable on return. The snapshot itself must be durable before the call.</summary>
    /// <exception cref="IOException">Writing or syncing failed, now or earlier; the log takes nothing more.</exception>
    public void SaveSnapshot(WalSnapshot snapshot)
    {
        ThrowIfUnusable();
        Invariant.That(
            snapshot.Index == 0 || snapshot.ConfState is not null,
            $"Saved (not-initial) snapshot is missing ConfState: index {snapshot.Index}, term {snapshot.Term}");
        _failed = true;
        _encoder.Append(snapshot);
        _lastIndex = Math.Max(_lastIndex, snapshot.Index);
        FlushAndSync();
        _failed = false;
    }

    /// <summary>Makes everything saved so far durable.</summary>
    /// <exception cref="IOException">Writing or syncing failed, now or earlier; the log takes nothing more.</exception>
    public void Sync()
    {
        ThrowIfUnusable();
        _failed = true;
        FlushAndSync();
        _failed = false;
    }

    /// <summary>
    /// Makes the file of the next segment, so that beginning it costs the appending thread no more than its header. The owner calls it after opening and
    /// whenever <see cref="NeedsNextSegment"/>, on a thread that may wait for the disk; what it did not make is made when it is needed.
    /// </summary>
    /// <exception cref="IOException">There is no space for it. Nothing is lost: appending tries again when it needs the file.</exception>
    public void PrepareNextSegment() => _next.Prepare();

    /// <summary>
    /// Gives up the locks of segments that reading from a snapshot of this index does not need, so that they can be purged
    /// (contract/storage.md, 2.12).
    /// </summary>
    public void ReleaseLocksTo(ulong index)
    {
        if (_segments.Count == 0)
            return;
        int next = _segments.FindIndex(segment => segment.Name.Index >= index);
        int released = next < 0 ? _segments.Count - 1 : Math.Max(0, next - 1);
        for (int i = 0; i < released; i++)
            _segments[i].Dispose();
        _segments.RemoveRange(0, released);
    }

    /// <summary>Makes everything saved durable, unless the log has failed, and closes it.</summary>
    /// <exception cref="IOException">The last sync failed; the files are closed all the same.</exception>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        try
        {
            if (!_failed)
                FlushAndSync();
            _next.Dispose();
        }
        finally
        {
            _segments.ForEach(segment => segment.Dispose());
            _segments.Clear();
        }
    }

    private void AppendEntry(in Entry entry)
    {
        Invariant.That(
            entry.Index > 0 && entry.Index <= _lastIndex + 1, $"entry {entry.Index} would leave a gap after {_lastIndex} in {_directory}");
        Invariant.That(entry.Term > 0, $"entry {entry.Index} has no term");
        _encoder.Append(entry);
        _lastIndex = entry.Index;
        if (_encoder.Length > WriteBytesMax)
            Flush();
    }

    /// <summary>Ends the segment and begins the next one. Everything appended so far is durable then (contract/storage.md, 2.8).</summary>
    private void Cut()
    {
        // A finished segment ends with its last record.
        Flush();
        _segments[^1].File.SetLength(_position);
        SyncTail();

        var name = new SegmentName(_segments[^1].Name.Sequence + 1, _lastIndex + 1);
        IFile file = _next.Take();
        var segment = new Segment(file, _directory, name);
        _segments.Add(segment);
        _position = 0;
        AppendHeader();
        FlushAndSync();

        // The header is durable before the name is, and the name before anything is acknowledged that only this segment holds.
        _files.Rename(file.Path, segment.Path);
        _files.SyncDirectory(_directory);
    }

    private void AppendHeader()
    {
        _encoder.AppendChecksum();
        _encoder.AppendMetadata(_metadata);
        if (!_hardState.IsEmpty)
            _encoder.Append(_hardState);
    }

    private void FlushAndSync()
    {
        Flush();
        SyncTail();
    }

    private void Flush()
    {
        int count = _encoder.Length;
        if (count == 0)
            return;
        long started = _options.Time.GetTimestamp();
        _segments[^1].File.Write(_encoder.Bytes, _position);
        _position += count;
        _hasUnsyncedBytes = true;
        _encoder.Clear();
        _options.Observer?.Written(count, _options.Time.GetElapsedTime(started));
    }

    private void SyncTail()
    {
        if (!_hasUnsyncedBytes || _options.UnsafeNoFsync)
            return;
        long started = _options.Time.GetTimestamp();
        _segments[^1].File.SyncData();
        _hasUnsyncedBytes = false;
        TimeSpan elapsed = _options.Time.GetElapsedTime(started);
        _options.Observer?.Synced(elapsed);
        if (elapsed > SlowSync)
            _options.Log.Warn("slow fdatasync", new LogField("took", elapsed), new LogField("expected-duration", SlowSync));
    }

    private void ThrowIfUnusable()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_failed)
            throw new IOException($"The log in {_directory} takes nothing more: it failed earlier.");
    }
}
