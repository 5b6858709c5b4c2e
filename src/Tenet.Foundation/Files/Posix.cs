using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Tenet.Foundation.Files;

/// <summary>The system calls that .NET lacks: data-only sync, directory sync, both kinds of lock, preallocation, read-only maps past the end, memory that stays, threads that yield.</summary>
internal static unsafe partial class Posix
{
    private const int NotFoundError = 2;
    private const int InterruptedError = 4;
    private const int WouldBlockError = 11;
    private const int AccessError = 13;
    private const int IsDirectoryError = 21;
    private const int InvalidError = 22;
    private const int NoSpaceError = 28;
    private const int ReadOnlySystemError = 30;
    private const int OpenReadOnly = 0;
    private const int OpenWriteOnly = 1;
    private const int OpenReadWrite = 2;

    // Linux on every architecture that .NET runs on.
    private const int OpenCreate = 0x40;
    private const int OpenExclusive = 0x80;
    private const int OpenTruncate = 0x200;
    private const int OpenCloseOnExec = 0x80000;
    private const int LockShared = 1;
    private const int LockExclusive = 2;
    private const int LockNonBlocking = 4;
    private const int ProtectRead = 1;
    private const int MapShared = 1;
    private const int ProcessPriority = 0;
    private const int OfdSetLock = 37;
    private const short ReadLock = 0;
    private const short WriteLock = 1;

    /// <summary>
    /// Opens without a lock (Linux). FileStream would take a shared flock whatever its share mode: it fails on a db that etcd has open,
    /// and keeps etcd from opening one that is only read here.
    /// </summary>
    public static SafeFileHandle Open(string path, FileOpenMode mode, FileAccess access, UnixFileMode permissions)
    {
        int flags = OpenCloseOnExec;
        flags |= access switch { FileAccess.Read => OpenReadOnly, FileAccess.Write => OpenWriteOnly, _ => OpenReadWrite };
        flags |= mode switch
        {
            FileOpenMode.OpenOrCreate => OpenCreate,
            FileOpenMode.CreateNew => OpenCreate | OpenExclusive,
            FileOpenMode.Truncate => OpenCreate | OpenTruncate,
            _ => 0,
        };
        int descriptor;
        while ((descriptor = open(path, flags, (uint)permissions)) < 0)
        {
            int error = Marshal.GetLastPInvokeError();
            if (error != InterruptedError)
                throw OpenError(error, path);
        }

        if (access == FileAccess.Read && Directory.Exists(path))
        {
            _ = close(descriptor);
            throw OpenError(IsDirectoryError, path);
        }

        return new SafeFileHandle(descriptor, ownsHandle: true);
    }

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

        int descriptor = OperatingSystem.IsLinux() ? open(path, OpenReadOnly | OpenCloseOnExec, 0) : open(path, OpenReadOnly);
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
        if (Marshal.GetLastPInvokeError() == NoSpaceError)
            throw Error("fallocate", path);
        return false;
    }

    public static bool TryFlock(SafeFileHandle file, bool exclusive, string path)
    {
        while (flock(file, (exclusive ? LockExclusive : LockShared) | LockNonBlocking) != 0)
        {
            if (IsHeldByAnother())
                return false;
            ThrowUnlessInterrupted("flock", path);
        }

        return true;
    }

    public static bool TryOfdLock(SafeFileHandle file, bool exclusive, string path)
    {
        if (!OperatingSystem.IsLinux())
            return TryFlock(file, exclusive, path);
        var request = new OfdLock { Type = exclusive ? WriteLock : ReadLock };
        while (fcntl(file, OfdSetLock, &request) != 0)
        {
            if (IsHeldByAnother())
                return false;

            // A kernel without these locks: etcd falls back to the same.
            if (Marshal.GetLastPInvokeError() == InvalidError)
                return TryFlock(file, exclusive, path);
            ThrowUnlessInterrupted("lock", path);
        }

        return true;
    }

    public static byte* Map(SafeFileHandle file, long capacity, string path)
    {
        void* address = mmap(null, (nuint)capacity, ProtectRead, MapShared, file, 0);
        return (nint)address == -1 ? throw Error("mmap", path) : (byte*)address;
    }

    public static void LockInMemory(byte* address, long length, string path)
    {
        while (mlock(address, (nuint)length) != 0)
            ThrowUnlessInterrupted("mlock", path);
    }

    public static void Unmap(byte* address, long capacity) => _ = munmap(address, (nuint)capacity);

    /// <summary>Of the calling thread alone, which is Linux's reading. Asking for less is always allowed, so what might fail is left as it is.</summary>
    public static void SetNiceness(int niceness) => _ = setpriority(ProcessPriority, 0, niceness);

    private static bool IsHeldByAnother()
    {
        int error = Marshal.GetLastPInvokeError();
        return OperatingSystem.IsLinux() ? error is WouldBlockError or AccessError : error is not InterruptedError;
    }

    private static Exception OpenError(int error, string path)
    {
        string message = $"open {path}: {Marshal.GetPInvokeErrorMessage(error)}";
        return error switch
        {
            NotFoundError when Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(path))) => new FileNotFoundException(message, path),
            NotFoundError => new DirectoryNotFoundException(message),
            AccessError or IsDirectoryError or ReadOnlySystemError => new UnauthorizedAccessException(message),
            _ => new IOException(message, error),
        };
    }

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

    // The C function is variadic; on Linux a third argument travels as any other would.
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags, uint mode);

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
    private static partial int setpriority(int which, uint who, int priority);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int mlock(void* address, nuint length);

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
