using Tenet.Interop.Tests.Processes;
using Xunit.Abstractions;

namespace Tenet.Interop.Tests.Gateway;

/// <summary>
/// The same HTTP requests to real etcd 3.5.30 and to Tenet, for every binding of the gateway, good and bad: status, headers and body must be the
/// same but for what <see cref="AcceptedDifference"/> lists. Identifiers come out equal, as both are told the same URLs.
/// </summary>
public class GatewayComparisonTests(ITestOutputHelper output)
{
    [InteropFact]
    [Trait("Run", "Long")]
    public Task Everything_that_a_body_can_get_wrong() => CompareAsync(GatewayScript.Bad());

    [InteropFact]
    public Task Edges_of_the_mapping_and_headers() => CompareAsync(GatewayScript.Edges());

    [InteropFact]
    public Task A_story_of_good_calls() => CompareAsync(GatewayScript.Story());

    [InteropFact]
    public Task Users_roles_and_tokens() => CompareAsync(GatewayScript.Auth());

    private async Task CompareAsync(IEnumerable<GatewayRequest> requests)
    {
        using Scratch scratch = new();
        Task<ServerProcess> startingEtcd = ServerProcess.StartAsync(Binaries.NewEtcd, scratch["etcd"]);
        await using ServerProcess tenet = await ServerProcess.StartAsync(Binaries.Subject, scratch["tenet"]);
        await using ServerProcess etcd = await startingEtcd;
        using HttpClient http = new();
        Dictionary<AcceptedDifference, int> accepted = [];
        List<string> differences = [];
        string? etcdToken = null;
        string? tenetToken = null;
        int compared = 0;
        foreach (GatewayRequest request in requests)
        {
            Task<GatewayAnswer> asking = GatewayAnswer.AskAsync(http, etcd, request, etcdToken);
            GatewayAnswer ours = await GatewayAnswer.AskAsync(http, tenet, request, tenetToken);
            GatewayAnswer theirs = await asking;
            etcdToken = theirs.Token ?? etcdToken;
            tenetToken = ours.Token ?? tenetToken;
            compared++;
            if (theirs.ToString() == ours.ToString())
                continue;
            if (AcceptedDifference.All.FirstOrDefault(one => one.Covers(request, theirs, ours)) is { } known)
                accepted[known] = accepted.GetValueOrDefault(known) + 1;
            else
                differences.Add($"{request}\n  etcd:  {theirs}\n  tenet: {ours}");
        }

        output.WriteLine($"{compared} requests compared, {compared - accepted.Values.Sum() - differences.Count} answered alike");
        foreach ((AcceptedDifference difference, int count) in accepted)
            output.WriteLine($"accepted {count} times: {difference.Reason}");
        Assert.True(differences.Count == 0, $"{differences.Count} of {compared} differ:\n{string.Join('\n', differences)}");
    }
}
