namespace Tenet.Foundation.Files.Simulation;

/// <summary>An open simulated file. It keeps its content reachable after a rename or removal, as an open file does.</summary>
internal sealed class SimFile(SimFileSystem files, SimFileNode node, string path, FileAccess access) : IFile
{
    private bool _closed;

    public string Path => path;

    public long Length
    {
        get
        {
            ThrowIfClosed();
            return node.Length;
        }
    }

    public int Read(Span<byte> buffer, long offset)
    {
        ThrowIfClosed();
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        return node.Read(buffer, offset);
    }

    public void Write(ReadOnlySpan<byte> buffer, long offset)
    {
        ThrowUnlessWritable();
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        DiskEvent operation = files.Begin(DiskOperation.Write, path, offset, buffer.Length);
        files.ThrowIfFull(node, offset + buffer.Length, path);
        node.Write(buffer, offset);
        files.End(operation);
    }

    public void SetLength(long length)
    {
        ThrowUnlessWritable();
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        DiskEvent operation = files.Begin(DiskOperation.SetLength, path, 0, length);
        node.SetLength(length);
        files.End(operation);
    }

    public void Preallocate(long length)
    {
        ThrowUnlessWritable();
        DiskEvent operation = files.Begin(DiskOperation.Preallocate, path, 0, length);
        files.ThrowIfFull(node, length, path);
        node.Preallocate(length);
        files.End(operation);
    }

    public void SyncData() => Sync(DiskOperation.SyncData);

    public void Sync() => Sync(DiskOperation.Sync);

    public bool TryLock(FileLockKind kind, bool exclusive = true)
    {
        ThrowIfClosed();
        return node.TryLock(this, kind, exclusive);
    }

    public IFileMapping Map(long capacity)
    {
        ThrowIfClosed();
        return new SimFileMapping(node, capacity, path);
    }

    public void Dispose()
    {
        _closed = true;
        node.Unlock(this);
    }

    private void Sync(DiskOperation kind)
    {
        ThrowIfClosed();
        DiskEvent operation;
        try
        {
            operation = files.Begin(kind, path);
        }
        catch
        {
            node.ForgetPending();
            throw;
        }

        node.Sync(withMetadata: kind == DiskOperation.Sync);
        files.End(operation);
    }

    private void ThrowIfClosed() => ObjectDisposedException.ThrowIf(_closed, this);

    private void ThrowUnlessWritable()
    {
        ThrowIfClosed();
        if ((access & FileAccess.Write) == 0)
            throw new UnauthorizedAccessException($"{path} is open for reading only.");
    }
}
