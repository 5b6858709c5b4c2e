using Tenet.Interop.Tests.Processes;

namespace Tenet.Interop.Tests.Clusters;

/// <summary>Which program each member of a cluster runs, as test names show it.</summary>
internal static class Composition
{
    public const string TTT = "Tenet Tenet Tenet";
    public const string TTN = "Tenet Tenet Etcd3530";
    public const string TNN = "Tenet Etcd3530 Etcd3530";
    public const string TTO = "Tenet Tenet Etcd3516";
    public const string TOO = "Tenet Etcd3516 Etcd3516";
    public const string OOO = "Etcd3516 Etcd3516 Etcd3516";
    public const string NNN = "Etcd3530 Etcd3530 Etcd3530";

    public static ServerBinary[] Programs(string composition) => [.. composition.Split(' ').Select(Program)];

    private static ServerBinary Program(string name) => name switch
    {
        "Tenet" => Binaries.Subject,
        "Etcd3530" => Binaries.NewEtcd,
        "Etcd3516" => Binaries.OldEtcd,
        _ => throw new ArgumentException($"there is no program {name}", nameof(name)),
    };
}
