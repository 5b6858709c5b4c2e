using System.Text;
using Tenet.State.Backends;

namespace Tenet.Server.Maintenance;

/// <summary>
/// Which version's schema the backend has (contract/storage.md, 5.9): what <c>storageVersion</c> in bucket <c>meta</c> says; without it
/// 3.5, if the term of the last entry is there.
/// </summary>
internal sealed class StorageVersions(Backend backend)
{
    private volatile string _stored = Read(backend);

    /// <summary>The newest schema this member knows.</summary>
    public static readonly Version Newest = new(3, 7, 0);

    private static readonly Version Unmarked = new(3, 5, 0);
    private static readonly byte[] Key = "storageVersion"u8.ToArray();

    /// <summary>The text that is stored, or empty: what a database snapshot says of itself.</summary>
    public string Stored => _stored;

    /// <summary>The version, or null if it cannot be told.</summary>
    public Version? Detect()
    {
        string stored = Stored;
        if (stored.Length > 0)
            return Version.TryParse(stored, out Version? version) ? version : null;
        return backend.ConsistentTerm > 0 ? Unmarked : null;
    }

    /// <summary>What stands against opening a backend of this version, or null (contract/storage.md, 5.9).</summary>
    public static string? Validate(Version detected)
    {
        if (detected.Major != Newest.Major)
            return "changing major storage version is not supported";
        return detected.Minor > Newest.Minor ? $"version \"{detected.ToString(3)}\" is not supported" : null;
    }

    /// <summary>Writes the version down; apply thread. Below 3.6 there is no such record.</summary>
    public void Store(string version)
    {
        if (Version.Parse(version) < new Version(3, 6, 0))
            backend.Delete(Bucket.Meta, Key);
        else
            backend.Put(Bucket.Meta, Key, Encoding.UTF8.GetBytes(version));
        _stored = Read(backend);
    }

    /// <summary>The backend's file has been replaced; apply thread.</summary>
    public void Reload() => _stored = Read(backend);

    private static string Read(Backend backend)
    {
        using BackendRead read = backend.OpenRead();
        return read.TryGet(Bucket.Meta, Key, out ReadOnlySpan<byte> text) ? Encoding.UTF8.GetString(text) : "";
    }
}
