using Tenet.Foundation.Randomness;

namespace Tenet.Foundation.Files.Simulation;

/// <summary>
/// A disk in memory that remembers what was synced. <see cref="Crash"/> gives the disk as it may look after a power cut: bytes not synced are
/// lost, kept or torn at 512-byte sectors; names not synced by <see cref="SyncDirectory"/> are lost or kept, in order within each directory.
/// </summary>
/// <remarks>
/// It promises no more than the seam does, and less than most real disks: a synced file whose name was not synced may be gone.
/// Paths start at "/", which alone exists at first; a relative path is taken from there. Locks belong to open files, so no crash or clone keeps them.
/// </remarks>
public sealed class SimFileSystem : IFileSystem
{
    private readonly Lock _gate = new();
    private readonly SimDirectory _root;
    private readonly List<DirectoryChange> _pending = [];
    private long _operations;

    /// <summary>An empty disk.</summary>
    public SimFileSystem()
        : this(new SimDirectory())
    {
    }

    private SimFileSystem(SimDirectory root) => _root = root;

    /// <summary>Who watches the operations and makes them fail; none at first, and none in clones.</summary>
    public IDiskFaults? Faults { get; set; }

    /// <summary>Bytes that fit on the disk. A write or reservation beyond fails as on a full disk and changes nothing.</summary>
    public long CapacityBytes { get; set; } = long.MaxValue;

    /// <summary>Bytes of the disk that files with a name occupy.</summary>
    public long OccupiedBytes
    {
        get
        {
            lock (_gate)
                return Occupied(_root);
        }
    }

    /// <summary>Operations begun so far, those that failed included.</summary>
    public long OperationCount => Interlocked.Read(ref _operations);

    /// <summary>A disk as this one may be found after losing power now. It is idle, holds no locks, and all it shows is durable.</summary>
    public SimFileSystem Crash(SeededRandom random)
    {
        lock (_gate)
        {
            var survived = new Dictionary<SimDirectory, SortedDictionary<string, SimNode>>();
            foreach (DirectoryChange change in ChooseSurvivors(random))
            {
                if (change.Removed is not null)
                    SurvivingEntries(survived, change.From!).Remove(change.Removed);
                if (change.Added is not null)
                    SurvivingEntries(survived, change.To!)[change.Added] = change.Node!;
            }

            SimNode Visit(SimNode node)
            {
                if (node is SimFileNode file)
                    return file.Crash(random);
                var copy = new SimDirectory();
                foreach ((string name, SimNode child) in SurvivingEntries(survived, (SimDirectory)node))
                    copy.Entries.Add(name, Visit(child));
                return copy;
            }

            var root = (SimDirectory)Visit(_root);
            root.MakeDurable();
            return new SimFileSystem(root) { CapacityBytes = CapacityBytes };
        }
    }

    /// <summary>An independent copy with the same content and the same things yet to be synced.</summary>
    public SimFileSystem Clone()
    {
        lock (_gate)
        {
            var copies = new Dictionary<SimNode, SimNode>();
            SimNode Copy(SimNode node)
            {
                if (copies.TryGetValue(node, out SimNode? known))
                    return known;
                if (node is SimFileNode file)
                    return copies[node] = file.Clone();
                var source = (SimDirectory)node;
                var copy = new SimDirectory();
                copies.Add(node, copy);
                foreach ((string name, SimNode child) in source.Entries)
                    copy.Entries.Add(name, Copy(child));
                foreach ((string name, SimNode child) in source.Durable)
                    copy.Durable.Add(name, Copy(child));
                return copy;
            }

            SimDirectory? CopyDirectory(SimDirectory? directory) => directory is null ? null : (SimDirectory)Copy(directory);

            var clone = new SimFileSystem((SimDirectory)Copy(_root)) { CapacityBytes = CapacityBytes };
            foreach (DirectoryChange change in _pending)
            {
                SimNode? node = change.Node is null ? null : Copy(change.Node);
                clone._pending.Add(change with { From = CopyDirectory(change.From), To = CopyDirectory(change.To), Node = node });
            }

            return clone;
        }
    }

    /// <summary>Makes all that is there durable, names and bytes: the start of a test whose history begins with a disk in use.</summary>
    public void MakeDurable()
    {
        lock (_gate)
        {
            _pending.Clear();
            _root.MakeDurable();
        }
    }

    /// <summary>Damages the medium: turns over one bit (0 to 7) of the byte at this offset, for programs and after a crash alike.</summary>
    public void FlipBit(string path, long offset, int bit)
    {
        lock (_gate)
        {
            if (Find(path) is not SimFileNode file)
                throw new FileNotFoundException($"There is no file {path}.", path);
            file.FlipBit(offset, bit);
        }
    }

    /// <inheritdoc/>
    public IFile Open(string path, FileOpenMode mode, FileAccess access, UnixFileMode permissions = FilePermissions.Private)
    {
        SimFileNode? file;
        lock (_gate)
        {
            (SimDirectory directory, string name) = FindParent(path);
            SimNode? node = directory.Entries.GetValueOrDefault(name);
            if (node is SimDirectory)
                throw new UnauthorizedAccessException($"{path} is a directory.");
            file = (SimFileNode?)node;
        }

        if (file is null && mode == FileOpenMode.Existing)
            throw new FileNotFoundException($"There is no file {path}.", path);
        if (file is not null && mode == FileOpenMode.CreateNew)
            throw new IOException($"The file {path} exists already.");
        if (file is null || mode == FileOpenMode.Truncate)
        {
            DiskEvent operation = Begin(DiskOperation.CreateFile, path);
            if (file is null)
            {
                file = new SimFileNode();
                lock (_gate)
                {
                    (SimDirectory directory, string name) = FindParent(path);
                    Change(new DirectoryChange(null, null, directory, name, file));
                }
            }
            else
            {
                file.SetLength(0);
            }

            End(operation);
        }

        return new SimFile(this, file, path, access);
    }

    /// <inheritdoc/>
    public bool FileExists(string path)
    {
        lock (_gate)
            return Find(path) is SimFileNode;
    }

    /// <inheritdoc/>
    public bool DirectoryExists(string path)
    {
        lock (_gate)
            return Find(path) is SimDirectory;
    }

    /// <inheritdoc/>
    public void CreateDirectory(string path)
    {
        if (DirectoryExists(path))
            return;
        DiskEvent operation = Begin(DiskOperation.CreateDirectory, path);
        lock (_gate)
        {
            SimDirectory directory = _root;
            foreach (string name in Split(path))
            {
                SimNode? next = directory.Entries.GetValueOrDefault(name);
                if (next is SimFileNode)
                    throw new IOException($"Cannot create {path}: {name} is a file.");
                if (next is null)
                {
                    next = new SimDirectory();
                    Change(new DirectoryChange(null, null, directory, name, next));
                }

                directory = (SimDirectory)next;
            }
        }

        End(operation);
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> List(string directory)
    {
        lock (_gate)
            return [.. FindDirectory(directory).Entries.Keys];
    }

    /// <inheritdoc/>
    public void Rename(string source, string target)
    {
        DiskEvent operation = Begin(DiskOperation.Rename, source);
        lock (_gate)
        {
            (SimDirectory from, string removed) = FindParent(source);
            (SimDirectory to, string added) = FindParent(target);
            if (!from.Entries.TryGetValue(removed, out SimNode? node))
                throw new FileNotFoundException($"There is nothing named {source}.", source);
            SimNode? replaced = to.Entries.GetValueOrDefault(added);
            if (replaced is SimDirectory || (replaced is not null && node is SimDirectory))
                throw new IOException($"Cannot rename {source}: {target} exists.");
            Change(new DirectoryChange(from, removed, to, added, node));
        }

        End(operation);
    }

    /// <inheritdoc/>
    public void DeleteFile(string path)
    {
        if (!FileExists(path))
            return;
        DiskEvent operation = Begin(DiskOperation.DeleteFile, path);
        lock (_gate)
        {
            (SimDirectory directory, string name) = FindParent(path);
            Change(new DirectoryChange(directory, name, null, null, null));
        }

        End(operation);
    }

    /// <inheritdoc/>
    public void DeleteDirectory(string path)
    {
        if (!DirectoryExists(path))
            return;
        DiskEvent operation = Begin(DiskOperation.DeleteDirectory, path);
        lock (_gate)
        {
            (SimDirectory parent, string name) = FindParent(path);
            Empty(FindDirectory(path));
            Change(new DirectoryChange(parent, name, null, null, null));
        }

        End(operation);
    }

    /// <inheritdoc/>
    public void SyncDirectory(string path)
    {
        SimDirectory directory;
        lock (_gate)
            directory = FindDirectory(path);
        DiskEvent operation = Begin(DiskOperation.SyncDirectory, path);
        lock (_gate)
        {
            foreach (DirectoryChange change in _pending)
            {
                if (change.Touches(directory))
                    change.ApplyToDurable();
            }

            _pending.RemoveAll(change => change.Touches(directory));
        }

        End(operation);
    }

    internal DiskEvent Begin(DiskOperation kind, string path, long offset = 0, long length = 0)
    {
        var operation = new DiskEvent(Interlocked.Increment(ref _operations), kind, path, offset, length);
        Faults?.Before(operation);
        return operation;
    }

    internal void End(in DiskEvent operation) => Faults?.After(operation);

    internal void ThrowIfFull(SimFileNode file, long end, string path)
    {
        long growth = end - file.OccupiedBytes;
        if (CapacityBytes == long.MaxValue || growth <= 0)
            return;
        lock (_gate)
        {
            const int NoSpace = 28;
            if (Occupied(_root) + growth > CapacityBytes)
                throw new IOException($"No space left on device: {path}", NoSpace);
        }
    }

    private static long Occupied(SimNode node)
    {
        if (node is SimFileNode file)
            return file.OccupiedBytes;
        long total = 0;
        foreach (SimNode child in ((SimDirectory)node).Entries.Values)
            total += Occupied(child);
        return total;
    }

    private static SortedDictionary<string, SimNode> SurvivingEntries(
        Dictionary<SimDirectory, SortedDictionary<string, SimNode>> survived, SimDirectory directory)
    {
        if (!survived.TryGetValue(directory, out SortedDictionary<string, SimNode>? entries))
            survived.Add(directory, entries = new(directory.Durable, StringComparer.Ordinal));
        return entries;
    }

    /// <summary>Of each directory's unsynced changes a prefix survives.</summary>
    private List<DirectoryChange> ChooseSurvivors(SeededRandom random)
    {
        double loss = random.Next(4) switch { 0 => 1, 1 => 0, 2 => 0.5, _ => 1.0 / (_pending.Count + 1) };
        var stopped = new HashSet<SimDirectory>();
        var survivors = new List<DirectoryChange>();
        foreach (DirectoryChange change in _pending)
        {
            bool afterLost = (change.From is not null && stopped.Contains(change.From))
                || (change.To is not null && stopped.Contains(change.To));
            if (!afterLost && !random.Chance(loss))
            {
                survivors.Add(change);
                continue;
            }

            if (change.From is not null)
                stopped.Add(change.From);
            if (change.To is not null)
                stopped.Add(change.To);
        }

        return survivors;
    }

    private void Change(in DirectoryChange change)
    {
        change.ApplyToEntries();
        _pending.Add(change);
    }

    private void Empty(SimDirectory directory)
    {
        foreach ((string name, SimNode node) in directory.Entries.ToArray())
        {
            if (node is SimDirectory child)
                Empty(child);
            Change(new DirectoryChange(directory, name, null, null, null));
        }
    }

    private SimDirectory FindDirectory(string path) =>
        Find(path) as SimDirectory ?? throw new DirectoryNotFoundException($"There is no directory {path}.");

    private (SimDirectory Directory, string Name) FindParent(string path)
    {
        List<string> names = Split(path);
        if (names.Count == 0)
            throw new IOException($"{path} cannot be changed.");
        SimNode? node = _root;
        foreach (string name in names[..^1])
            node = (node as SimDirectory)?.Entries.GetValueOrDefault(name);
        if (node is not SimDirectory directory)
            throw new DirectoryNotFoundException($"There is no directory for {path}.");
        return (directory, names[^1]);
    }

    private SimNode? Find(string path)
    {
        SimNode? node = _root;
        foreach (string name in Split(path))
            node = (node as SimDirectory)?.Entries.GetValueOrDefault(name);
        return node;
    }

    private static List<string> Split(string path)
    {
        var names = new List<string>();
        foreach (string name in path.Split([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries))
        {
            if (name == ".." && names.Count > 0)
                names.RemoveAt(names.Count - 1);
            else if (name is not ("." or ".."))
                names.Add(name);
        }

        return names;
    }
}
