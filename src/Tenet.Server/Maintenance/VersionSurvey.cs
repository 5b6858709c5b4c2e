using Tenet.Foundation.Logging;
using Tenet.Server.Peers;
using Tenet.State.Members;

namespace Tenet.Server.Maintenance;

/// <summary>Asks every member for its version.</summary>
internal sealed class VersionSurvey(MemberOptions options, MemberSeams seams, MemberStore members, ulong memberId)
{
    private readonly PeerQuestions _questions = new(seams);

    /// <returns>The server versions of all members, this one included; null if one of them could not be asked.</returns>
    public async Task<IReadOnlyList<Version>?> AskAsync(CancellationToken stopping)
    {
        Task<PeerVersions?>[] questions = [.. members.Current.Members.Where(member => member.Id != memberId).Select(member => AskAsync(member, stopping))];
        PeerVersions?[] answers = await Task.WhenAll(questions);
        if (answers.Contains(null))
            return null;
        var own = Version.Parse(MemberOptions.ServerVersion);
        return [own, .. answers.Select(static answer => answer!.Server)];
    }

    private async Task<PeerVersions?> AskAsync(ClusterMember member, CancellationToken stopping)
    {
        (PeerVersions? answer, Exception? failure) = await _questions.FirstAsync(
            member.PeerUrls,
            options.RequestTimeout,
            static (client, url, token) => client.GetVersionsAsync(url, token),
            "failed to reach the peer URL",
            stopping);
        if (answer is null)
        {
            seams.Log.Warn(
                "failed to get version",
                new LogField("remote-member-id", member.HexId),
                new LogField("error", failure?.Message ?? "no peer URLs"));
        }

        return answer;
    }
}
