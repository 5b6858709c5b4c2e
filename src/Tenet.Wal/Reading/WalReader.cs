using Tenet.Foundation;
using Tenet.Foundation.Files;
using Tenet.Wal.Records;
using Tenet.Wal.Segments;

namespace Tenet.Wal.Reading;

/// <summary>
/// Reads segments record by record, takes no lock and changes nothing: for those who look at a log instead of continuing it. A log that is in use is read as far as
/// whole records go.
/// </summary>
public sealed class WalReader : IDisposable
{
    private readonly List<Segment> _segments;
    private readonly RecordReader _reader;

    private WalReader(List<Segment> segments)
    {
        _segments = segments;
        _reader = new RecordReader(segments);
    }

    /// <summary>Opens segments of one log that follow each other; the chain of checksums is checked from the first one's own beginning on.</summary>
    /// <param name="files">Where.</param>
    /// <param name="segments">At least one.</param>
    /// <exception cref="IOException">One cannot be opened.</exception>
    public static WalReader Open(IFileSystem files, IReadOnlyList<WalSegment> segments)
    {
        string directory = segments[0].Path[..segments[0].Path.LastIndexOf('/')];
        return new WalReader(SegmentDirectory.OpenForReading(files, directory, [.. segments.Select(static segment => segment.Name)]));
    }

    /// <summary>Whether reading ended before the end, at a record of which only a part is there.</summary>
    public bool IsTorn => _reader.End == ReadEnd.Torn;

    /// <summary>What is wrong with that record.</summary>
    public string TornBecause => _reader.TornBecause;

    /// <summary>Whether the last segment has been reached. A torn record anywhere else is damage, since a segment is synced before the next one begins.</summary>
    public bool IsLastSegment => _reader.IsLastSegment;

    /// <summary>The file that is being read.</summary>
    public string Path => _reader.Segment.Path;

    /// <summary>The end of the last whole record in that file.</summary>
    public long Offset => _reader.Offset;

    /// <summary>How long that file was when it was opened.</summary>
    public long Length => _reader.Segment.Length;

    /// <summary>Reads the next record.</summary>
    /// <exception cref="CorruptionException">Durable bytes have changed.</exception>
    public bool Next(out WalRecord record)
    {
        bool read = _reader.Next(out Record found);
        record = new WalRecord(found);
        return read;
    }

    /// <inheritdoc/>
    public void Dispose() => _segments.ForEach(static segment => segment.Dispose());
}
