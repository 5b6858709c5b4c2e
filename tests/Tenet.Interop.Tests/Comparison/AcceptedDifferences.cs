namespace Tenet.Interop.Tests.Comparison;

/// <summary>Where Tenet answers as etcd 3.7 does and 3.5.30 did otherwise. Whatever is not here must be equal.</summary>
internal static class AcceptedDifferences
{
    private static readonly (string Method, string Etcd, string Tenet, string Reason)[] All =
    [
        ("KV/Range", "", "3 etcdserver: invalid sort option", "3.7 refuses a sort order that there is none, whoever asks; 3.5 takes it for ascending"),
        ("KV/Put", "3 etcdserver: request is too large", "3 etcdserver: user name is empty", "Tenet asks for the right before it measures the request; etcd when it applies it"),
        ("KV/Put", "3 etcdserver: request is too large", "7 etcdserver: permission denied", "as above"),
        ("Maintenance/", "2 auth: user name is empty", "3 etcdserver: user name is empty", "3.7 answers with the code that the refusal has elsewhere"),
        ("Maintenance/", "2 auth: invalid auth token", "16 etcdserver: invalid auth token", "as above"),
        ("Maintenance/", "2 auth: permission denied", "7 etcdserver: permission denied", "as above"),
        ("Maintenance/Status", "7 etcdserver: permission denied", "0 ", "3.7 tells the status to every user who is known; 3.5 to root alone"),
        ("Auth/AuthStatus", "3 etcdserver: user name is empty", "0 ", "3.7 tells everybody whether authentication is on; 3.5 root alone"),
        ("Auth/AuthStatus", "7 etcdserver: permission denied", "0 ", "as above"),
        ("Maintenance/Downgrade", "9 etcdserver: no inflight downgrade job", "0 ", "3.7 cancels what is not under way without complaint"),
        ("Cluster/MemberUpdate", "0 ", "0 ", "3.5 forgets that a member whose URLs are updated is a learner; 3.7 does not"),
        ("Cluster/MemberList", "0 ", "0 ", "as above"),
    ];

    /// <summary>Why this difference is right, or null.</summary>
    public static string? Reason(Exchange exchange, string etcd, string tenet)
    {
        foreach ((string method, string expected, string actual, string reason) in All)
        {
            if (exchange.Method.StartsWith(method, StringComparison.Ordinal) && etcd.EndsWith(expected, StringComparison.Ordinal) && tenet.EndsWith(actual, StringComparison.Ordinal))
                return reason;
        }

        return null;
    }
}
