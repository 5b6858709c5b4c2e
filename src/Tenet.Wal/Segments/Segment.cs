using Tenet.Foundation.Files;

namespace Tenet.Wal.Segments;

/// <summary>An open segment. Closing it gives up its lock.</summary>
internal sealed class Segment(IFile file, string directory, SegmentName name) : IDisposable
{
    public IFile File => file;

    public SegmentName Name => name;

    /// <summary>The path by its name now; the file may have been opened under another.</summary>
    public string Path { get; } = $"{directory}/{name}";

    /// <summary>The length when it was opened; reading goes no further.</summary>
    public long Length { get; } = file.Length;

    public void Dispose() => file.Dispose();
}
