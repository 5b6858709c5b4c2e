namespace Tenet.Interop.Tests.Comparison;

/// <summary>Where Tenet answers as etcd 3.7 does and 3.5.30 did otherwise. Whatever is not here must be equal.</summary>
internal static class AcceptedDifferences
{
    private static readonly (string Method, string Etcd, string Tenet, string Reason)[] All =
    [
        ("KV/Range", "0 ", "3 etcdserver: invalid sort option", "3.7 refuses a sort order that there is none; 3.5 takes it for ascending"),
        ("Maintenance/Downgrade", "9 etcdserver: no inflight downgrade job", "0 ", "3.7 cancels what is not under way without complaint"),
        ("Cluster/MemberUpdate", "0 ", "0 ", "3.5 forgets that a member whose URLs are updated is a learner; 3.7 does not"),
        ("Cluster/MemberList", "0 ", "0 ", "as above"),
    ];

    /// <summary>Why this difference is right, or null.</summary>
    public static string? Reason(Exchange exchange, string etcd, string tenet)
    {
        foreach ((string method, string expected, string actual, string reason) in All)
        {
            if (exchange.Method == method && etcd.EndsWith(expected, StringComparison.Ordinal) && tenet.EndsWith(actual, StringComparison.Ordinal))
                return reason;
        }

        return null;
    }
}
