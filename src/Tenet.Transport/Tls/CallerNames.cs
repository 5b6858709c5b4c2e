using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace Tenet.Transport.Tls;

/// <summary>
/// Whether a certificate belongs to the address that its owner calls from (contract/consensus.md, 4.11): by its addresses, else by its names,
/// asked of the resolver in both directions. A certificate with neither may come from anywhere.
/// </summary>
internal static class CallerNames
{
    /// <summary>Why it does not, in etcd's words, or null.</summary>
    public static async Task<string?> ProblemAsync(X509Certificate2 certificate, IPAddress address, CancellationToken cancellation)
    {
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        (List<IPAddress> addresses, List<string> names) = Of(certificate);
        if (addresses.Count == 0 && names.Count == 0)
            return null;
        if (addresses.Contains(address))
            return null;
        if (names.Count == 0)
            return $"x509: certificate is valid for {string.Join(", ", addresses)}, not {address}";
        (bool found, string? failure) = await IsNamedAsync(address, names, cancellation);
        if (found)
            return null;
        string list = string.Join(' ', names.Select(static name => $"\"{name}\""));
        return $"tls: \"{address}\" does not match any of DNSNames [{list}]{(failure is null ? "" : $" ({failure})")}";
    }

    /// <summary>The addresses and names that a certificate is made out to.</summary>
    public static (List<IPAddress> Addresses, List<string> Names) Of(X509Certificate2 certificate)
    {
        List<IPAddress> addresses = [];
        List<string> names = [];
        foreach (X509SubjectAlternativeNameExtension extension in certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>())
        {
            addresses.AddRange(extension.EnumerateIPAddresses());
            names.AddRange(extension.EnumerateDnsNames());
        }
        return (addresses, names);
    }

    private static async Task<(bool Found, string? Failure)> IsNamedAsync(IPAddress address, List<string> names, CancellationToken cancellation)
    {
        string? failure = null;
        try
        {
            IPHostEntry entry = await Dns.GetHostEntryAsync(address.ToString(), cancellation);
            foreach (string host in entry.Aliases.Prepend(entry.HostName).Select(static name => name.TrimEnd('.')))
            {
                if (names.Exists(name => name == host || (name.StartsWith("*.", StringComparison.Ordinal) && host.EndsWith(name[1..], StringComparison.Ordinal))))
                    return (true, null);
            }
        }
        catch (SocketException problem)
        {
            failure = $"lookup {address}: {problem.Message}";
        }
        foreach (string name in names.Where(static name => !name.StartsWith("*.", StringComparison.Ordinal)))
        {
            try
            {
                if ((await Dns.GetHostAddressesAsync(name, cancellation)).Contains(address))
                    return (true, null);
            }
            catch (Exception problem) when (problem is SocketException or ArgumentException)
            {
                failure = $"lookup {name}: {problem.Message}";
            }
        }
        return (false, failure);
    }
}
