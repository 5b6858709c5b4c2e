using Tenet.Client.Calls.Methods;
using Tenet.Foundation.Logging;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Proxy.Calls;

namespace Tenet.Proxy.Members;

/// <summary>Asks the cluster again and again who its members are, so that the proxy finds those that come and forgets those that have gone.</summary>
/// <param name="upstream">The servers.</param>
/// <param name="interval">How long after one answer it is asked again.</param>
/// <param name="found">Told of the members' client URLs.</param>
/// <param name="log">Told of failures.</param>
internal sealed class EndpointRenewal(Upstream upstream, TimeSpan interval, Action<IReadOnlyList<string>> found, ILog log)
{
    private const string Logger = "client";

    /// <summary>How long the servers may take to answer.</summary>
    private static readonly TimeSpan AnswerMax = TimeSpan.FromSeconds(5);

    /// <summary>Goes on until it is stopped.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            while (true)
            {
                await Task.Delay(interval, stopping);
                await RenewAsync(stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The proxy stops.
        }
    }

    private async Task RenewAsync(CancellationToken stopping)
    {
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        patience.CancelAfter(AnswerMax);
        try
        {
            MemberListResponse response = await upstream.CallAsync(ClusterMethods.MemberList, new MemberListRequest { Linearizable = true }, default, patience.Token);
            // Members that have not started have no name yet; learners refuse most calls.
            string[] urls = [.. response.Members.Where(static member => member.Name.Length > 0 && !member.IsLearner).SelectMany(static member => member.ClientURLs)];
            if (urls.Length == 0)
                return;
            found(urls);
            log.Write(LogLevel.Debug, Logger, "set etcd endpoints by autoSync", [new("endpoints", urls)]);
        }
        catch (Exception failure) when (failure is RefusalException or ArgumentException or FormatException
            || (failure is OperationCanceledException && !stopping.IsCancellationRequested))
        {
            log.Write(LogLevel.Info, Logger, "Auto sync endpoints failed.", [new("error", failure.Message)]);
        }
    }
}
