using Tenet.Interop.Tests.Processes;

namespace Tenet.Interop.Tests.Tools;

/// <summary>One way in which a scene is played: whose tools, against whose server.</summary>
/// <param name="Name">As the scenes name it, <c>tools/server</c>.</param>
/// <param name="Ctl">etcdctl or tenetctl.</param>
/// <param name="Utl">etcdutl or tenetutl.</param>
/// <param name="Server">What they talk to.</param>
internal sealed record Column(string Name, ServerBinary Ctl, ServerBinary Utl, ServerBinary Server)
{
    private static readonly ServerBinary s_etcdctl = ServerBinary.Etcd("etcdctl", Binaries.Etcdctl);
    private static readonly ServerBinary s_etcdutl = ServerBinary.Etcd("etcdutl", Binaries.Etcdutl);
    private static readonly ServerBinary s_tenetctl = Binaries.Built("tenetctl");
    private static readonly ServerBinary s_tenetutl = Binaries.Built("tenetutl");

    /// <summary>What every other column is held against.</summary>
    public static Column Reference { get; } = new("real/etcd", s_etcdctl, s_etcdutl, Binaries.NewEtcd);

    public static IReadOnlyList<Column> Others { get; } =
    [
        new("real/tenet", s_etcdctl, s_etcdutl, Binaries.Subject),
        new("ours/etcd", s_tenetctl, s_tenetutl, Binaries.NewEtcd),
        new("ours/tenet", s_tenetctl, s_tenetutl, Binaries.Subject),
    ];

    /// <summary>Whether a pattern such as <c>ours/*</c> or <c>*/tenet</c> means this column.</summary>
    public bool Matches(string pattern)
    {
        string[] wanted = pattern.Split('/');
        string[] own = Name.Split('/');
        return (wanted[0] == "*" || wanted[0] == own[0]) && (wanted[1] == "*" || wanted[1] == own[1]);
    }
}
