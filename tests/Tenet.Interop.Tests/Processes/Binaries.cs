using Tenet.Tests;

namespace Tenet.Interop.Tests.Processes;

/// <summary>Where the programs lie that these tests start.</summary>
internal static class Binaries
{
    /// <summary>Real etcd, the newest that is packaged for Debian (3.5.30).</summary>
    public static ServerBinary NewEtcd { get; } = ServerBinary.Etcd("etcd 3.5.30", EtcdPrograms.New("etcd"));

    /// <summary>Real etcd, an older one (3.5.16).</summary>
    public static ServerBinary OldEtcd { get; } = ServerBinary.Etcd("etcd 3.5.16", EtcdPrograms.Old("etcd"));

    /// <summary>
    /// What is under test: Tenet as it was built beside these tests. TENET_INTEROP_SUBJECT=etcd puts real etcd there instead, which shows
    /// whether a difference lies in Tenet or in the test.
    /// </summary>
    public static ServerBinary Subject { get; } = Environment.GetEnvironmentVariable("TENET_INTEROP_SUBJECT") == "etcd"
        ? NewEtcd
        : Built("tenet");

    public static string Etcdctl { get; } = EtcdPrograms.New("etcdctl");

    public static string Etcdutl { get; } = EtcdPrograms.New("etcdutl");

    /// <summary>A program of Tenet's as it was built beside these tests.</summary>
    public static ServerBinary Built(string name) =>
        ServerBinary.Dotnet(name, Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", name, Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/')), $"{name}.dll")));

    /// <summary>Why tests that need real etcd cannot run here, or null.</summary>
    public static string? Missing() => EtcdPrograms.Missing(NewEtcd.Path, OldEtcd.Path, Etcdctl, Etcdutl);
}

/// <summary>One program and how it is started.</summary>
internal sealed record ServerBinary(string Name, string Path, string FileName, string[] Prefix, bool IsEtcd)
{
    public static ServerBinary Etcd(string name, string path) => new(name, path, path, [], true);

    public static ServerBinary Dotnet(string name, string path) => new(name, path, Environment.ProcessPath is { } host && host.EndsWith("/dotnet", StringComparison.Ordinal) ? host : "dotnet", [path], false);

    /// <summary>A flag that etcd 3.5 has only in an experimental form.</summary>
    public string Renamed(string flag) => IsEtcd ? $"--experimental-{flag}" : $"--{flag}";

    public override string ToString() => Name;
}

/// <summary>A test that needs real etcd beside Tenet.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class InteropFactAttribute : FactAttribute
{
    public InteropFactAttribute() => Skip = Binaries.Missing();
}
