using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Tenet.Foundation.Files;

/// <summary>The system calls that .NET lacks: data-only sync, directory sync, both kinds of lock, preallocation, read-only maps past the end.</summary>
internal static unsafe partial class Posix
{
    private const int InterruptedError = 4;
    private const int OpenDirectoryFlags = 0;
    private const int LockShared = 1;
    private const int LockExclusive = 2;
    private const int LockNonBlocking = 4;
    private const int ProtectRead = 1;
    private const int MapShared = 1;
    private const int OfdSetLock = 37;
    private const short ReadLock = 0;
    private const short WriteLock = 1;

    public static void SyncData(SafeFileHandle file, string path)
    {
        // macOS: only fsync through .NET reaches the medium (F_FULLFSYNC); Linux has the cheaper call.
        if (!OperatingSystem.IsLinux())
        {
            RandomAccess.FlushToDisk(file);
            return;
        }

        while (fdatasync(file) != 0)
            ThrowUnlessInterrupted("fdatasync", path);
    }

    public static void SyncDirectory(string path)
    {
        // Windows has no such operation: its file systems order directory changes themselves.
        if (OperatingSystem.IsWindows())
            return;

        int descriptor = open(path, OpenDirectoryFlags);
        if (descriptor < 0)
            throw Error("open directory", path);
        try
        {
            while (fsync(descriptor) != 0)
                ThrowUnlessInterrupted("fsync directory", path);
        }
        finally
        {
            _ = close(descriptor);
        }
    }

    /// <returns>False where the file system cannot reserve space; the caller then extends by length.</returns>
    public static bool TryPreallocate(SafeFileHandle file, long length, string path)
    {
        if (!OperatingSystem.IsLinux())
            return false;
        if (fallocate(file, 0, 0, length) == 0)
            return true;
        const int NoSpace = 28;
        if (Marshal.GetLastPInvokeError() == NoSpace)
            throw Error("fallocate", path);
        return false;
    }

    public static bool TryFlock(SafeFileHandle file, bool exclusive) =>
        flock(file, (exclusive ? LockExclusive : LockShared) | LockNonBlocking) == 0;

    public static bool TryOfdLock(SafeFileHandle file, bool exclusive)
    {
        if (!OperatingSystem.IsLinux())
            return TryFlock(file, exclusive);
        var request = new OfdLock { Type = exclusive ? WriteLock : ReadLock };
        return fcntl(file, OfdSetLock, &request) == 0;
    }

    public static byte* Map(SafeFileHandle file, long capacity, string path)
    {
        void* address = mmap(null, (nuint)capacity, ProtectRead, MapShared, file, 0);
        return (nint)address == -1 ? throw Error("mmap", path) : (byte*)address;
    }

    public static void Unmap(byte* address, long capacity) => _ = munmap(address, (nuint)capacity);

    private static void ThrowUnlessInterrupted(string call, string path)
    {
        if (Marshal.GetLastPInvokeError() != InterruptedError)
            throw Error(call, path);
    }

    private static IOException Error(string call, string path)
    {
        int error = Marshal.GetLastPInvokeError();
        return new IOException($"{call} {path}: {Marshal.GetPInvokeErrorMessage(error)}", error);
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fdatasync(SafeFileHandle file);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(int descriptor);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int descriptor);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fallocate(SafeFileHandle file, int mode, long offset, long length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int flock(SafeFileHandle file, int operation);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fcntl(SafeFileHandle file, int command, OfdLock* request);

    [LibraryImport("libc", SetLastError = true)]
    private static partial void* mmap(void* address, nuint length, int protection, int flags, SafeFileHandle file, long offset);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int munmap(void* address, nuint length);

    /// <summary>struct flock of 64-bit Linux; all zero but the type means the whole file from its start.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct OfdLock
    {
        public short Type;
        public short Whence;
        public long Start;
        public long Length;
        public int ProcessId;
    }
}
