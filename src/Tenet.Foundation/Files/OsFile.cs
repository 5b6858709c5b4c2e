using Microsoft.Win32.SafeHandles;

namespace Tenet.Foundation.Files;

internal sealed class OsFile(SafeFileHandle handle, string path) : IFile
{
    public string Path => path;

    public long Length => RandomAccess.GetLength(handle);

    public int Read(Span<byte> buffer, long offset)
    {
        int total = 0;
        while (total < buffer.Length)
        {
            int read = RandomAccess.Read(handle, buffer[total..], offset + total);
            if (read == 0)
                break;
            total += read;
        }

        return total;
    }

    public void Write(ReadOnlySpan<byte> buffer, long offset) => RandomAccess.Write(handle, buffer, offset);

    public void SetLength(long length) => RandomAccess.SetLength(handle, length);

    public void Preallocate(long length)
    {
        if (Length < length && !Posix.TryPreallocate(handle, length, path))
            SetLength(length);
    }

    public void SyncData() => Posix.SyncData(handle, path);

    public void Sync() => RandomAccess.FlushToDisk(handle);

    public bool TryLock(FileLockKind kind, bool exclusive = true)
    {
        if (OperatingSystem.IsWindows())
            return true;
        return kind == FileLockKind.Flock ? Posix.TryFlock(handle, exclusive, path) : Posix.TryOfdLock(handle, exclusive, path);
    }

    public IFileMapping Map(long capacity) => new OsFileMapping(handle, capacity, path);

    public void Dispose() => handle.Dispose();
}
