using System.Net;
using Tenet.Foundation.Logging;

namespace Tenet.Server.Bootstrap;

/// <summary>
/// Whether two lists of peer URLs mean the same places: by their texts, and if those differ, by the addresses that their host names
/// stand for (contract/consensus.md, 6.3).
/// </summary>
internal sealed class UrlComparison(MemberSeams seams)
{
    /// <summary>How long names may take to resolve, all in all.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    /// <returns>Null if they are the same, otherwise why not, in etcd's words.</returns>
    public async Task<string?> DifferenceAsync(IReadOnlyList<string> first, IReadOnlyList<string> second, CancellationToken patience)
    {
        if (first.Count != second.Count)
            return $"len({Quoted(first)}) != len({Quoted(second)})";
        EtcdUrl[] left;
        EtcdUrl[] right;
        try
        {
            left = Sorted(first);
            right = Sorted(second);
        }
        catch (FormatException failure)
        {
            return failure.Message;
        }

        if (left.Zip(right).All(static pair => Key(pair.First) == Key(pair.Second)))
            return null;
        try
        {
            string[] leftResolved = await ResolveAsync(left, patience);
            string[] rightResolved = await ResolveAsync(right, patience);
            foreach ((string one, string other) in leftResolved.Zip(rightResolved))
            {
                if (one != other)
                    return $"resolved urls: \"{one}\" != \"{other}\"";
            }

            return null;
        }
        catch (UnresolvedException failure)
        {
            return failure.Message;
        }
    }

    private static EtcdUrl[] Sorted(IReadOnlyList<string> urls) => [.. urls.Select(EtcdUrl.Parse).OrderBy(static url => url.Text, StringComparer.Ordinal)];

    private static string Quoted(IEnumerable<string> urls) => $"[{string.Join(' ', urls.Select(static url => $"\"{url}\""))}]";

    /// <summary>The URL with an address in its one usual spelling.</summary>
    private static string Key(EtcdUrl url) => url.IsSocketFile ? url.Printed : Text(url, IPAddress.TryParse(url.Host, out IPAddress? address) ? address.ToString() : url.Host);

    private static string Text(EtcdUrl url, string host) => $"{url.Scheme}://{(host.Contains(':') ? $"[{host}]" : host)}:{url.Port}";

    private async Task<string[]> ResolveAsync(EtcdUrl[] urls, CancellationToken patience)
    {
        string[] resolved = new string[urls.Length];
        for (int i = 0; i < urls.Length; i++)
            resolved[i] = await ResolveAsync(urls[i], patience);
        Array.Sort(resolved, StringComparer.Ordinal);
        return resolved;
    }

    private async Task<string> ResolveAsync(EtcdUrl url, CancellationToken patience)
    {
        if (url.IsSocketFile || url.Host == "localhost" || IPAddress.TryParse(url.Host, out _))
            return Key(url);
        while (true)
        {
            string problem;
            try
            {
                IPAddress[] addresses = await seams.ResolveHost(url.Host, patience);
                if (addresses.Length > 0)
                {
                    seams.Log.Info(
                        "resolved URL Host",
                        new LogField("url", url.Text),
                        new LogField("host", url.Address),
                        new LogField("resolved-addr", addresses[0].ToString()));
                    return Text(url, addresses[0].ToString());
                }

                problem = $"lookup {url.Host}: no such host";
            }
            catch (Exception failure) when (failure is System.Net.Sockets.SocketException or OperationCanceledException)
            {
                problem = $"lookup {url.Host}: {(failure is OperationCanceledException ? "i/o timeout" : failure.Message)}";
            }

            seams.Log.Warn(
                "failed to resolve URL Host",
                new LogField("url", url.Text),
                new LogField("host", url.Address),
                new LogField("retry-interval", RetryInterval),
                new LogField("error", problem));
            try
            {
                await Task.Delay(RetryInterval, seams.Clock, patience);
            }
            catch (OperationCanceledException)
            {
                throw new UnresolvedException($"failed to resolve \"{url.Text}\" ({problem})");
            }
        }
    }

    private sealed class UnresolvedException(string message) : Exception(message);
}
