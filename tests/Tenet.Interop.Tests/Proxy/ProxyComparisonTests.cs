using System.Text;
using Tenet.Interop.Tests.Comparison;
using Tenet.Interop.Tests.Processes;
using Tenet.Protocol.Etcdserverpb;
using Xunit.Abstractions;

namespace Tenet.Interop.Tests.Proxy;

/// <summary>
/// The same calls through Tenet's proxy, through etcd's own, and to the server itself; real etcd is the server each time. Tenet's proxy must answer
/// as one of the two.
/// </summary>
public sealed class ProxyComparisonTests(ITestOutputHelper output)
{
    [InteropFact]
    public Task Every_call_is_answered_as_by_the_server_or_by_etcds_proxy() => CompareAsync(RpcScript.WithoutAuth(), besideEtcds: true);

    /// <summary>Etcd's proxy has little to say here: it renews leases as nobody, and waits long for what it is refused.</summary>
    [InteropFact]
    public Task Every_call_of_everybody_is_answered_as_by_the_server_while_rights_count() =>
        CompareAsync([.. RpcScript.WithAuth().Where(static exchange => exchange.User is not ("bob" or "invented.1"))], besideEtcds: false);

    private async Task CompareAsync(IReadOnlyList<Exchange> script, bool besideEtcds)
    {
        using Scratch scratch = new();
        ServerBinary[] binaries = besideEtcds ? [Binaries.Subject, Binaries.NewEtcd] : [Binaries.Subject];
        ServerProcess[] servers = await Task.WhenAll(Enumerable.Range(0, binaries.Length + 1).Select(i => ServerProcess.StartAsync(Binaries.NewEtcd, scratch[$"etcd{i}"], "--unsafe-no-fsync")));
        ProxyProgram[] proxies = await Task.WhenAll(binaries.Select((binary, i) =>
            ProxyProgram.StartAsync(binary, "grpc-proxy", "--endpoints", servers[i + 1].Endpoint, "--advertise-client-url=", "--data-dir", scratch[$"proxy{i}"])));
        try
        {
            Task<List<string>> direct = new RpcPlayer(servers[0]).PlayAsync(script);
            Task<List<string>> ours = new RpcPlayer(servers[1], proxies[0].Client).PlayAsync(script);
            Task<List<string>> etcds = besideEtcds ? PlayPatientlyAsync(new RpcPlayer(servers[2], proxies[1].Client), script) : direct;
            await Task.WhenAll(direct, ours, etcds);
            Report(script, direct.Result, ours.Result, etcds.Result);
        }
        finally
        {
            foreach (IAsyncDisposable program in proxies.Cast<IAsyncDisposable>().Concat(servers))
                await program.DisposeAsync();
        }
    }

    /// <summary>Etcd's proxy leaves some callers without an answer, and ends at a transaction with an operation that is none.</summary>
    private static async Task<List<string>> PlayPatientlyAsync(RpcPlayer player, IReadOnlyList<Exchange> script)
    {
        List<string> answers = [];
        foreach (Exchange exchange in script)
        {
            try
            {
                answers.AddRange(exchange.Requests(player.Learned).OfType<TxnRequest>().Any(HoldsNothing) ? ["(the proxy ends)"] : await player.PlayAsync([exchange]));
            }
            catch (OperationCanceledException)
            {
                answers.Add("(no answer)");
            }
        }
        return answers;
    }

    private static bool HoldsNothing(TxnRequest request) => request.Success.Concat(request.Failure).Any(static operation =>
        operation.RequestCase == RequestOp.RequestOneofCase.None || (operation.RequestCase == RequestOp.RequestOneofCase.RequestTxn && HoldsNothing(operation.RequestTxn)));

    private void Report(IReadOnlyList<Exchange> script, List<string> direct, List<string> ours, List<string> etcds)
    {
        StringBuilder differences = new();
        int asServer = 0, asEtcdsProxy = 0, accepted = 0, distorted = 0;
        for (int i = 0; i < script.Count; i++)
        {
            if (etcds[i] != direct[i])
            {
                distorted++;
                output.WriteLine($"etcd's proxy: {script[i].User} {script[i].Method}: server '{direct[i]}', proxy '{etcds[i]}', Tenet's '{ours[i]}'");
            }
            if (ours[i] == direct[i])
                asServer++;
            else if (ours[i] == etcds[i])
                asEtcdsProxy++;
            else if (ProxyDifferences.Reason(script[i], ours[i]) is not null)
                accepted++;
            else
                differences.AppendLine($"=== {i} {script[i].User} {script[i].Method}\n--- server\n{direct[i]}\n--- etcd's proxy\n{etcds[i]}\n--- Tenet's proxy\n{ours[i]}");
        }
        output.WriteLine($"{script.Count} calls: {asServer} answered as by the server, {asEtcdsProxy} as by etcd's proxy alone, {accepted} accepted differences; etcd's proxy answers {distorted} otherwise than its server");
        Assert.True(differences.Length == 0, differences.ToString());
    }
}
