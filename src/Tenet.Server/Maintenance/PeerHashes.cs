using Tenet.Server.Peers;
using Tenet.State.Members;

namespace Tenet.Server.Maintenance;

/// <summary>Asks all other members, learners too, for the hash over their history.</summary>
internal sealed class PeerHashes(MemberOptions options, MemberSeams seams, MemberStore members, ulong memberId, ulong clusterId)
{
    private readonly PeerQuestions _questions = new(seams);

    /// <param name="revision">Up to which revision.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task<IReadOnlyList<HashAnswer>> AskAsync(long revision, CancellationToken cancellation) =>
        await Task.WhenAll(members.Current.Members.Where(member => member.Id != memberId).Select(member => AskAsync(member, revision, cancellation)));

    private async Task<HashAnswer> AskAsync(ClusterMember member, long revision, CancellationToken cancellation)
    {
        (PeerHash? hash, Exception? failure) = await _questions.FirstAsync(
            member.PeerUrls,
            options.RequestTimeout,
            (client, url, token) => client.GetHashKvAsync(url, clusterId, revision, token),
            "failed hash kv request",
            cancellation);
        return new HashAnswer(member, hash, failure);
    }
}
