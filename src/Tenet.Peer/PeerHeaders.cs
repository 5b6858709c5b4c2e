using System.Net.Http.Headers;
using Tenet.Server;
using Tenet.Server.Peers;

namespace Tenet.Peer;

/// <summary>The headers by which members know each other (contract/consensus.md, 4.1), in the form in which etcd puts them on the wire.</summary>
internal static class PeerHeaders
{
    public const string ClusterId = "X-Etcd-Cluster-Id";
    public const string From = "X-Server-From";
    public const string ServerVersion = "X-Server-Version";
    public const string MinClusterVersion = "X-Min-Cluster-Version";
    public const string To = "X-Raft-To";
    public const string PeerUrls = "X-Peerurls";

    /// <summary>The oldest cluster that this version speaks to. Members of 3.5 refuse any other value.</summary>
    public const string OldestCluster = "3.0.0";

    /// <summary>Says who asks.</summary>
    public static void Introduce(HttpRequestHeaders headers, IPeerService local)
    {
        headers.TryAddWithoutValidation(ClusterId, HexId.Text(local.ClusterId));
        headers.TryAddWithoutValidation(MinClusterVersion, OldestCluster);
        headers.TryAddWithoutValidation(PeerUrls, string.Join(',', local.AdvertisedUrls));
        headers.TryAddWithoutValidation(From, HexId.Text(local.MemberId));
        headers.TryAddWithoutValidation(ServerVersion, MemberOptions.ServerVersion);
    }

    /// <summary>The one value of a response's header, or null.</summary>
    public static string? Find(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out IEnumerable<string>? values) ? values.FirstOrDefault() : null;
}
