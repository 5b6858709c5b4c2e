using System.Text;

namespace Tenet.Rpc.Http;

/// <summary>An answer to a request for a page.</summary>
/// <param name="Status">The HTTP status code.</param>
/// <param name="ContentType">The content type.</param>
/// <param name="Body">The whole body.</param>
public sealed record EndpointReply(int Status, string ContentType, ReadOnlyMemory<byte> Body)
{
    /// <summary>The content type of plain text.</summary>
    public const string PlainText = "text/plain; charset=utf-8";

    /// <summary>The body instead of <see cref="Body"/>, if it is a large one; given back when it has been sent.</summary>
    public PooledBody? Pooled { get; init; }

    /// <summary>Whether browsers are told not to guess another content type.</summary>
    public bool NoSniff { get; init; }

    /// <summary>The methods that the path allows, in an answer of status 405.</summary>
    public string? Allow { get; init; }

    /// <summary>Plain text.</summary>
    public static EndpointReply Text(int status, string text) => new(status, PlainText, Encoding.UTF8.GetBytes(text));

    /// <summary>A refusal as Go's HTTP server words it: the text, a newline, and no sniffing.</summary>
    public static EndpointReply Error(int status, string text) => Text(status, text + "\n") with { NoSniff = true };

    /// <summary>What pages answer to anything but GET (contract/api.md, 5.2).</summary>
    public static EndpointReply MethodNotAllowed { get; } = Error(405, "Method Not Allowed") with { Allow = "GET" };

    /// <summary>What an unknown path answers.</summary>
    public static EndpointReply NotFound { get; } = Error(404, "404 page not found");
}
