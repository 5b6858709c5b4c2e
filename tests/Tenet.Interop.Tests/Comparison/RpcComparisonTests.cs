using System.Text;
using Tenet.Interop.Tests.Processes;
using Xunit.Abstractions;

namespace Tenet.Interop.Tests.Comparison;

/// <summary>The same calls to real etcd and to Tenet: every call there is, good and bad input, and who may call it.</summary>
public sealed class RpcComparisonTests(ITestOutputHelper output)
{
    [InteropFact]
    public Task Every_call_is_answered_alike() => CompareAsync(RpcScript.WithoutAuth());

    [InteropFact]
    public Task Every_call_of_everybody_is_answered_alike_while_rights_count() => CompareAsync(RpcScript.WithAuth());

    private async Task CompareAsync(IReadOnlyList<Exchange> script)
    {
        using Scratch scratch = new();
        await using ServerProcess etcd = await ServerProcess.StartAsync(Binaries.NewEtcd, scratch["etcd"]);
        await using ServerProcess subject = await ServerProcess.StartAsync(Binaries.Subject, scratch["subject"]);
        Task<List<string>> expected = new RpcPlayer(etcd).PlayAsync(script);
        Task<List<string>> actual = new RpcPlayer(subject).PlayAsync(script);
        await Task.WhenAll(expected, actual);
        StringBuilder differences = new();
        int accepted = 0;
        for (int i = 0; i < script.Count; i++)
        {
            if (expected.Result[i] == actual.Result[i])
                continue;
            if (AcceptedDifferences.Reason(script[i], expected.Result[i], actual.Result[i]) is { } reason)
            {
                accepted++;
                output.WriteLine($"accepted: {script[i].Method}: etcd says '{expected.Result[i]}', Tenet '{actual.Result[i]}': {reason}");
                continue;
            }

            differences.AppendLine($"=== {i} {script[i].User} {script[i].Method} {string.Join(' ', script[i].Requests(new Learned()).Select(static request => request.ToString()))}\n--- etcd\n{expected.Result[i]}\n--- {subject.Binary}\n{actual.Result[i]}");
        }

        output.WriteLine($"{script.Count} calls of {script.Select(static exchange => exchange.Method).Distinct().Count()} kinds compared, {accepted} accepted differences");
        Assert.True(differences.Length == 0, differences.ToString());
    }
}
