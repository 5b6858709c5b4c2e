using System.Buffers;
using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace Tenet.Foundation.Files;

/// <summary>A shared read-only map. Ranges are checked against the capacity; the caller keeps them within the file's length.</summary>
internal sealed unsafe class OsFileMapping : IFileMapping
{
    private readonly string _path;
    private readonly MemoryMappedViewAccessor? _windowsView;
    private byte* _start;

    public OsFileMapping(SafeFileHandle file, long capacity, string path)
    {
        _path = path;
        Capacity = capacity;
        if (OperatingSystem.IsWindows())
            (_windowsView, Capacity) = MapOnWindows(file, capacity);
        else
            _start = Posix.Map(file, capacity, path);
    }

    ~OsFileMapping() => Release();

    public long Capacity { get; }

    public ReadOnlySpan<byte> Slice(long offset, int length) => new(Address(offset, length), length);

    public ReadOnlyMemory<byte> SliceMemory(long offset, int length) => new View(this, offset, length).Memory;

    public void Lock(long length)
    {
        if (OperatingSystem.IsWindows())
            throw new PlatformNotSupportedException("Files are not kept in memory on Windows.");
        Posix.LockInMemory(Address(0, 0), Math.Min(length, Capacity), _path);
    }

    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    /// <summary>
    /// A map cannot reach past its file's end there. The file grows to what is mapped, as bbolt's do on Windows; one that may only be read
    /// does not grow either, and is mapped as it is.
    /// </summary>
    private (MemoryMappedViewAccessor View, long Capacity) MapOnWindows(SafeFileHandle file, long capacity)
    {
        long length = RandomAccess.GetLength(file);
        try
        {
            if (length < capacity)
                RandomAccess.SetLength(file, length = capacity);
        }
        catch (UnauthorizedAccessException)
        {
            length = RandomAccess.GetLength(file);
        }
        using var section = MemoryMappedFile.CreateFromFile(file, mapName: null, capacity: 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        MemoryMappedViewAccessor view = section.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
        return (view, length);
    }

    private byte* Address(long offset, int length)
    {
        if (_start == null)
            throw new ObjectDisposedException(nameof(OsFileMapping), $"The map of {_path} is closed.");
        if (offset < 0 || length < 0 || offset > Capacity - length)
            throw new CorruptionException(_path, offset, $"a range within the mapped {Capacity} bytes", $"a range of {length} bytes");
        return _start + offset;
    }

    private void Release()
    {
        if (_start == null)
            return;
        if (_windowsView is null)
        {
            Posix.Unmap(_start, Capacity);
        }
        else
        {
            _windowsView.SafeMemoryMappedViewHandle.ReleasePointer();
            _windowsView.Dispose();
        }
        _start = null;
    }

    private sealed class View(OsFileMapping mapping, long offset, int length) : MemoryManager<byte>
    {
        public override Span<byte> GetSpan() => new(mapping.Address(offset, length), length);

        public override MemoryHandle Pin(int elementIndex = 0) => new(mapping.Address(offset, length) + elementIndex, default, this);

        public override void Unpin()
        {
            // Mapped memory does not move.
        }

        protected override void Dispose(bool disposing)
        {
            // The mapping owns the memory.
        }
    }
}
