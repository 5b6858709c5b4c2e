using System.Globalization;
using System.Net.Security;
using Tenet.CommandLine;

namespace Tenet.Ctl.Checks;

/// <summary>How much memory a member says that it has.</summary>
internal static class ResidentMemory
{
    private const string Metric = "process_resident_memory_bytes";

    /// <summary>Null if it does not say, or says 0; why, has been written.</summary>
    public static async Task<double?> AskAsync(string endpoint, SslClientAuthenticationOptions? tls, OutputWriter output, CancellationToken cancellation)
    {
        string url = (endpoint.Contains("://", StringComparison.Ordinal) ? endpoint : "http://" + endpoint) + "/metrics";
        using SocketsHttpHandler handler = new();
        if (tls is not null)
            handler.SslOptions = tls;
        using HttpClient client = new(handler);
        try
        {
            foreach (string line in (await client.GetStringAsync(new Uri(url), cancellation)).Split('\n'))
            {
                if (line.StartsWith(Metric + " ", StringComparison.Ordinal))
                    return double.TryParse(line.AsSpan(Metric.Length), CultureInfo.InvariantCulture, out double bytes) && bytes > 0 ? bytes : null;
            }
            output.Line($"could not find: {Metric}");
        }
        catch (HttpRequestException exception)
        {
            output.Line($"fetch error: {exception.Message}");
        }
        return null;
    }
}
