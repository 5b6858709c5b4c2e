using Tenet.Interop.Tests.Comparison;

namespace Tenet.Interop.Tests.Proxy;

/// <summary>Where Tenet's proxy answers neither as etcd's proxy nor as the server behind both. Whatever is not here must be equal.</summary>
internal static class ProxyDifferences
{
    private static readonly (string Method, string Reason)[] All = [];

    /// <summary>Why this difference is right, or null.</summary>
    public static string? Reason(Exchange exchange) => All.FirstOrDefault(known => exchange.Method == known.Method).Reason;
}
