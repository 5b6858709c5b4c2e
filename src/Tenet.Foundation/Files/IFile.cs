namespace Tenet.Foundation.Files;

/// <summary>An open file, addressed by offset. Safe for concurrent reads; writes and length changes have one caller at a time.</summary>
public interface IFile : IDisposable
{
    /// <summary>The path by which it was opened (or <see cref="IFileSystem.Rename"/> gave it last, where the caller says so in messages).</summary>
    string Path { get; }

    /// <summary>The length in bytes.</summary>
    long Length { get; }

    /// <summary>Reads until <paramref name="buffer"/> is full or the file ends.</summary>
    /// <returns>Bytes read; fewer than asked only at the end of the file.</returns>
    int Read(Span<byte> buffer, long offset);

    /// <summary>Writes all bytes, extending the file if needed. Durable only after <see cref="SyncData"/>.</summary>
    void Write(ReadOnlySpan<byte> buffer, long offset);

    /// <summary>Sets the length; new bytes read as zero.</summary>
    void SetLength(long length);

    /// <summary>Reserves space up to <paramref name="length"/> and extends the file to it (zeros); never shortens it.</summary>
    void Preallocate(long length);

    /// <summary>Makes the content durable, and of the metadata what reading it back needs (fdatasync).</summary>
    void SyncData();

    /// <summary>Makes content and metadata durable (fsync).</summary>
    void Sync();

    /// <summary>Takes a whole-file lock without waiting. It is held until the file is closed.</summary>
    /// <returns>False if another open file holds it.</returns>
    bool TryLock(FileLockKind kind, bool exclusive = true);

    /// <summary>Maps the file for reading. <paramref name="capacity"/> may exceed the length; only what lies within the length may be touched.</summary>
    IFileMapping Map(long capacity);
}
