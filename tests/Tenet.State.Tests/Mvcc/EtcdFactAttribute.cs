namespace Tenet.State.Tests.Mvcc;

/// <summary>A test that needs etcd's own programs, in <c>TENET_ETCD_DIR</c> or the cache of the fetch script; skipped without them.</summary>
public sealed class EtcdFactAttribute : FactAttribute
{
    public EtcdFactAttribute()
    {
        if (!File.Exists(System.IO.Path.Combine(Directory, "etcd")))
            Skip = $"no etcd in {Directory}";
    }

    public static string Directory { get; } = Environment.GetEnvironmentVariable("TENET_ETCD_DIR")
        ?? System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "tenet-etcd", "sid");
}
