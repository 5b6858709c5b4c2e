namespace Tenet.Interop.Tests.Gateway;

/// <summary>One HTTP request that goes to both servers.</summary>
/// <param name="Path">The path.</param>
/// <param name="Body">The body.</param>
internal sealed record GatewayRequest(string Path, string Body)
{
    public string Method { get; init; } = "POST";

    public IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [];

    /// <summary>How many lines of a stream are looked at; 0 reads to the end.</summary>
    public int Lines { get; init; }

    /// <summary>Whether what was answered to the last authentication is sent as the token.</summary>
    public bool WithToken { get; init; }

    public override string ToString() =>
        $"{Method} {Path}{string.Concat(Headers.Select(header => $" [{header.Name}: {header.Value}]"))}{(WithToken ? " [token]" : "")} "
        + (Body.Length > 200 ? $"{Body[..200]}… ({Body.Length} characters)" : Body);
}
