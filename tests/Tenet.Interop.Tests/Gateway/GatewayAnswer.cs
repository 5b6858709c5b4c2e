using System.Text;
using System.Text.Json;
using Tenet.Interop.Tests.Processes;

namespace Tenet.Interop.Tests.Gateway;

/// <summary>What a server said, without what differs from run to run.</summary>
internal sealed record GatewayAnswer(int Status, string Headers, string Body, string? Token)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private static readonly string[] ComparedHeaders =
        ["Content-Type", "Grpc-Metadata-Content-Type", "WWW-Authenticate", "X-Content-Type-Options", "Allow", "Access-Control-Allow-Origin", "Access-Control-Allow-Methods", "Access-Control-Allow-Headers"];

    /// <summary>Fields whose values are a matter of the moment, the machine or the version.</summary>
    private static readonly HashSet<string> Masked = new(
        [
            "raft_term", "raftTerm", "raftIndex", "raftAppliedIndex", "dbSize", "dbSizeInUse", "version", "hash", "token", "blob", "remaining_bytes",
        ],
        StringComparer.Ordinal);

    /// <summary>Fields that etcd 3.5 does not have yet.</summary>
    private static readonly HashSet<string> Newer = new(
        ["hash_revision", "storageVersion", "dbSizeQuota", "downgradeInfo"], StringComparer.Ordinal);

    public static async Task<GatewayAnswer> AskAsync(HttpClient http, ServerProcess server, GatewayRequest request, string? token)
    {
        using CancellationTokenSource limit = new(Limit);
        using HttpRequestMessage message = new(new HttpMethod(request.Method), new Uri($"http://{server.Endpoint}{request.Path}"));
        if (request.Method is not ("GET" or "HEAD"))
            message.Content = new ByteArrayContent(Encoding.Latin1.GetBytes(request.Body));
        foreach ((string name, string value) in request.Headers)
        {
            if (!message.Headers.TryAddWithoutValidation(name, value))
                message.Content!.Headers.TryAddWithoutValidation(name, value);
        }

        if (request.WithToken)
            message.Headers.TryAddWithoutValidation("Authorization", token);
        try
        {
            using HttpResponseMessage response = await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            StringBuilder headers = new();
            foreach (string name in ComparedHeaders)
            {
                if (response.Headers.TryGetValues(name, out IEnumerable<string>? values) || response.Content.Headers.TryGetValues(name, out values))
                    headers.Append(name).Append(": ").AppendJoin(", ", values).Append("; ");
            }

            headers.Append(response.Headers.TransferEncodingChunked == true ? "chunked" : "with length");
            string body = await ReadAsync(response, request.Lines, limit.Token);
            return new((int)response.StatusCode, headers.ToString(), Normalize(body), TokenIn(body));
        }
        catch (OperationCanceledException)
        {
            return new(0, "", "no answer", null);
        }
        catch (HttpRequestException failure)
        {
            return new(0, "", $"no answer: {failure.HttpRequestError}", null);
        }
    }

    public override string ToString() => $"{Status}; {Headers}; {Body}";

    private static async Task<string> ReadAsync(HttpResponseMessage response, int lines, CancellationToken cancellation)
    {
        using StreamReader reader = new(await response.Content.ReadAsStreamAsync(cancellation));
        if (lines == 0)
            return await reader.ReadToEndAsync(cancellation);
        StringBuilder body = new();
        while (lines-- > 0 && await reader.ReadLineAsync(cancellation) is { } line)
            body.Append(line).Append('\n');
        return body.ToString();
    }

    /// <summary>Takes out the blank that etcd's build has or has not after a comma, and the values that cannot be the same.</summary>
    private static string Normalize(string body)
    {
        string end = body.EndsWith('\n') ? "\n" : "";
        StringBuilder normal = new();
        foreach (string line in body.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            try
            {
                using JsonDocument document = JsonDocument.Parse(line);
                Write(normal, document.RootElement, name: "");
            }
            catch (JsonException)
            {
                normal.Append(line);
            }

            normal.Append('\n');
        }

        return normal.ToString().TrimEnd('\n') + end;
    }

    private static void Write(StringBuilder output, JsonElement element, string name)
    {
        if (Masked.Contains(name))
        {
            output.Append("\"…\"");
            return;
        }

        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                output.Append('{');
                string comma = "";
                foreach (JsonProperty property in element.EnumerateObject().Where(property => !Newer.Contains(property.Name)))
                {
                    output.Append(comma).Append('"').Append(property.Name).Append("\":");
                    Write(output, property.Value, property.Name);
                    comma = ",";
                }

                output.Append('}');
                break;
            case JsonValueKind.Array:
                output.Append('[');
                for (int i = 0; i < element.GetArrayLength(); i++)
                {
                    if (i > 0)
                        output.Append(',');
                    Write(output, element[i], "");
                }

                output.Append(']');
                break;
            case JsonValueKind.String when name == "message":
                // In Go's own words a blank may be a hard one, which one depends on the build.
                output.Append(element.GetRawText().Replace('\u00a0', ' '));
                break;
            case JsonValueKind.String when name is "ID" or "lease" && element.GetString() is { Length: > 12 }:
                output.Append("\"made up by the server\"");
                break;
            default:
                output.Append(element.GetRawText());
                break;
        }
    }

    private static string? TokenIn(string body)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            return document.RootElement.TryGetProperty("token", out JsonElement token) ? token.GetString() : null;
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
