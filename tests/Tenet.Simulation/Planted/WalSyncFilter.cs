using System.Buffers.Binary;
using Tenet.Foundation.Files;

namespace Tenet.Simulation.Planted;

/// <summary>A file system that leaves out syncs of the write-ahead log, depending on what kinds of records were written since the last one.</summary>
/// <param name="inner">The real one.</param>
/// <param name="leavesOut">Whether a sync is left out that covers entries (first) and hard states (second).</param>
internal sealed class WalSyncFilter(IFileSystem inner, Func<bool, bool, bool> leavesOut) : IFileSystem
{
    public IFile Open(string path, FileOpenMode mode, FileAccess access, UnixFileMode permissions = FilePermissions.Private)
    {
        IFile file = inner.Open(path, mode, access, permissions);
        return path.EndsWith(".wal", StringComparison.Ordinal) ? new WalFile(file, leavesOut) : file;
    }

    public bool FileExists(string path) => inner.FileExists(path);

    public bool DirectoryExists(string path) => inner.DirectoryExists(path);

    public void CreateDirectory(string path) => inner.CreateDirectory(path);

    public IReadOnlyList<string> List(string directory) => inner.List(directory);

    public void Rename(string source, string target) => inner.Rename(source, target);

    public void DeleteFile(string path) => inner.DeleteFile(path);

    public void DeleteDirectory(string path) => inner.DeleteDirectory(path);

    public void SyncDirectory(string path) => inner.SyncDirectory(path);

    private sealed class WalFile(IFile file, Func<bool, bool, bool> leavesOut) : IFile
    {
        private const int EntryType = 2;
        private const int StateType = 3;
        private bool _entries;
        private bool _states;
        private bool _others;

        public string Path => file.Path;

        public long Length => file.Length;

        public int Read(Span<byte> buffer, long offset) => file.Read(buffer, offset);

        public void Write(ReadOnlySpan<byte> buffer, long offset)
        {
            Look(buffer);
            file.Write(buffer, offset);
        }

        public void SetLength(long length) => file.SetLength(length);

        public void Preallocate(long length) => file.Preallocate(length);

        public void SyncData()
        {
            // Headers and snapshot records are synced in any case: without them there would be no log to look at.
            if (_others || !leavesOut(_entries, _states))
                file.SyncData();
            _entries = _states = _others = false;
        }

        public void Sync() => file.Sync();

        public bool TryLock(FileLockKind kind, bool exclusive = true) => file.TryLock(kind, exclusive);

        public IFileMapping Map(long capacity) => file.Map(capacity);

        public void Dispose() => file.Dispose();

        /// <summary>Walks through the frames: a length with its padding, then a record whose first field is its type (contract/storage.md, 2.3).</summary>
        private void Look(ReadOnlySpan<byte> frames)
        {
            while (frames.Length > sizeof(long) + 1)
            {
                ulong field = BinaryPrimitives.ReadUInt64LittleEndian(frames);
                long length = (long)(field & 0x00ff_ffff_ffff_ffff);
                long padding = (field >> 63) == 1 ? (long)(field >> 56) & 7 : 0;
                if (length == 0 || frames[sizeof(long)] != 0x08)
                    return;
                int type = frames[sizeof(long) + 1];
                _entries |= type == EntryType;
                _states |= type == StateType;
                _others |= type is not (EntryType or StateType);
                long next = sizeof(long) + length + padding;
                if (next >= frames.Length)
                    return;
                frames = frames[(int)next..];
            }
        }
    }
}
