namespace Tenet.Tests;

/// <summary>
/// Where etcd's own programs lie: in the folders <c>sid</c> (3.5.30) and <c>trixie</c> (3.5.16) below <c>TENET_ETCD_DIR</c>, or below
/// <c>.cache/tenet-etcd</c> of the home directory, where <c>./dev etcd</c> puts them.
/// </summary>
internal static class EtcdPrograms
{
    /// <summary>The directory of both folders.</summary>
    public static string Home { get; } = Environment.GetEnvironmentVariable("TENET_ETCD_DIR") is { Length: > 0 } given
        ? given
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "tenet-etcd");

    /// <summary>A program of 3.5.30: etcd, etcdctl or etcdutl.</summary>
    public static string New(string program) => Path.Combine(Home, "sid", program);

    /// <summary>A program of 3.5.16.</summary>
    public static string Old(string program) => Path.Combine(Home, "trixie", program);

    /// <summary>Why tests that need these programs cannot run here, or null.</summary>
    public static string? Missing(params string[] paths) =>
        paths.FirstOrDefault(static path => !File.Exists(path)) is { } absent ? $"needs real etcd: there is no {absent} (./dev etcd fetches it)" : null;
}
