namespace Tenet.Interop.Tests.Gateway;

/// <summary>A way in which Tenet answers otherwise than etcd 3.5.30, on purpose.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Covers">Whether a pair of answers (etcd's, then Tenet's) is of this kind.</param>
internal sealed record AcceptedDifference(string Reason, Func<GatewayRequest, GatewayAnswer, GatewayAnswer, bool> Covers)
{
    public static IReadOnlyList<AcceptedDifference> All { get; } =
    [
        new(
            "the downgrade of a cluster of 3.7 is not that of a cluster of 3.5",
            (request, _, _) => request.Path == "/v3/maintenance/downgrade"),
        new(
            "the length of every single answer is told; Go's server tells it up to 2 KiB",
            (_, etcd, tenet) => etcd.Status == tenet.Status && etcd.Body == tenet.Body && etcd.Headers.Replace("; chunked", "; with length", StringComparison.Ordinal) == tenet.Headers),
        new(
            "etcd refuses unknown sort orders and targets since 3.6",
            (_, etcd, tenet) => etcd.Status == 200 && tenet.Body.Contains("etcdserver: invalid sort option", StringComparison.Ordinal)),
        new(
            "etcd proposes new URLs without a look at them, at which other members panic; here they are looked at first",
            (request, _, tenet) => request.Path == "/v3/cluster/member/update" && tenet.Body.Contains("given member URLs are invalid", StringComparison.Ordinal)),
        new(
            "whether authentication is on is told to everybody, as by etcd 3.7",
            (request, etcd, tenet) => request.Path == "/v3/auth/status" && etcd.Status == 400 && tenet.Status == 200),
        new(
            "the Maintenance service of etcd 3.5 refuses for want of rights with words and codes of its own",
            (request, etcd, tenet) => request.Path.StartsWith("/v3/maintenance/", StringComparison.Ordinal)
                && etcd.Body.Contains("\"auth: ", StringComparison.Ordinal) && tenet.Body.Contains("\"etcdserver: ", StringComparison.Ordinal)),
        new(
            "etcd tells no compact revision with the hash of a revision below 0",
            (request, etcd, tenet) => request.Path == "/v3/maintenance/hashkv" && etcd.Status == tenet.Status && tenet.Body.Replace(",\"compact_revision\":\"-1\"", "", StringComparison.Ordinal) == etcd.Body),
        new(
            "a snapshot is as long as the database, which is not the same file",
            (request, etcd, tenet) => request.Path == "/v3/maintenance/snapshot" && etcd.Status == tenet.Status && etcd.Headers == tenet.Headers
                && FirstLine(etcd).StartsWith("{\"result\":{", StringComparison.Ordinal) && FirstLine(tenet).StartsWith("{\"result\":{", StringComparison.Ordinal)),
        new(
            "a stream whose deadline passes ends in etcd with whichever comes first, its gateway's clock or its server's reset",
            (_, etcd, tenet) => etcd.Body.Replace("stream terminated by RST_STREAM with error code: CANCEL", "context deadline exceeded", StringComparison.Ordinal) == tenet.Body
                && etcd.Headers == tenet.Headers && tenet.Body.Contains("\"code\":4", StringComparison.Ordinal)),
    ];

    private static string FirstLine(GatewayAnswer answer) => answer.Body.Split('\n')[0];
}
