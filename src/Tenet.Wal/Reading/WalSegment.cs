using Tenet.Foundation.Files;
using Tenet.Foundation.Logging;
using Tenet.Wal.Segments;

namespace Tenet.Wal.Reading;

/// <summary>A segment as its name tells it.</summary>
/// <param name="Path">The file.</param>
/// <param name="Sequence">Its number in the log.</param>
/// <param name="FirstIndex">The index of the first entry that it may hold.</param>
public sealed record WalSegment(string Path, ulong Sequence, ulong FirstIndex)
{
    /// <summary>All segments of a log in order. Whether one is missing between them is not looked at.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    public static IReadOnlyList<WalSegment> Of(IFileSystem files, string directory)
    {
        directory = directory.TrimEnd('/');
        return [.. SegmentDirectory.Names(files, directory, NoLog.Instance).Select(name => new WalSegment($"{directory}/{name}", name.Sequence, name.Index))];
    }

    internal SegmentName Name => new(Sequence, FirstIndex);
}
