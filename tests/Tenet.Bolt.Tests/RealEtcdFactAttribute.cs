namespace Tenet.Bolt.Tests;

/// <summary>A test that needs etcd's own programs: in <c>TENET_ETCD_DIR</c>, or in <c>.cache/tenet-etcd/sid</c> of the home directory.</summary>
internal sealed class RealEtcdFactAttribute : FactAttribute
{
    public RealEtcdFactAttribute()
    {
        if (Directory is null)
            Skip = "etcd's programs are not here; set TENET_ETCD_DIR to the directory that holds etcd, etcdctl and etcdutl";
    }

    public static string? Directory { get; } = Find();

    private static string? Find()
    {
        string directory = Environment.GetEnvironmentVariable("TENET_ETCD_DIR")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "tenet-etcd", "sid");
        return File.Exists(Path.Combine(directory, "etcd")) && File.Exists(Path.Combine(directory, "etcdutl")) ? directory : null;
    }
}
