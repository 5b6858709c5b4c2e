using Tenet.Interop.Tests.Comparison;

namespace Tenet.Interop.Tests.Proxy;

/// <summary>Where Tenet's proxy answers neither as etcd's proxy nor as the server behind both. Whatever is not here must be equal.</summary>
internal static class ProxyDifferences
{
    private static readonly (string Method, string Tenet, string Reason)[] All =
    [
        ("KV/Put", "trying to send message larger than max (", "as etcd's proxy, which does not stand beside it in every comparison: --max-send-bytes is less than a server takes"),
    ];

    /// <summary>Why this difference is right, or null.</summary>
    public static string? Reason(Exchange exchange, string tenet) =>
        All.FirstOrDefault(known => exchange.Method == known.Method && tenet.Contains(known.Tenet, StringComparison.Ordinal)).Reason;
}
