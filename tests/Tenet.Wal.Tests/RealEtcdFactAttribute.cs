namespace Tenet.Wal.Tests;

/// <summary>A fact that needs etcd's own programs; skipped where they are not.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RealEtcdFactAttribute : FactAttribute
{
    public RealEtcdFactAttribute()
    {
        if (!File.Exists(Path.Combine(Programs, "etcd")) || !File.Exists(Path.Combine(Programs, "etcdctl")))
            Skip = $"needs etcd and etcdctl in {Programs} (or in $TENET_ETCD_DIR)";
    }

    /// <summary>Where they are looked for.</summary>
    public static string Programs =>
        Environment.GetEnvironmentVariable("TENET_ETCD_DIR") is { Length: > 0 } directory
            ? directory
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "tenet-etcd", "sid");
}
