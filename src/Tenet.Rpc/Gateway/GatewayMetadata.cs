using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Framing;

namespace Tenet.Rpc.Gateway;

/// <summary>What the headers of an HTTP request are to the call behind it: its metadata and its deadline (contract/api.md, 4.5).</summary>
internal sealed class GatewayMetadata
{
    private const string MetadataPrefix = "Grpc-Metadata-";
    private const string PermanentPrefix = "grpcgateway-";
    private const string Accept = "Accept";
    private const string ForwardedFor = "x-forwarded-for";
    private const string ForwardedHost = "x-forwarded-host";

    /// <summary>The permanent request headers of the IANA, which go on under a prefix.</summary>
    private static readonly HashSet<string> Permanent = new(
        [
            Accept, "Accept-Charset", "Accept-Language", "Accept-Ranges", "Authorization", "Cache-Control", "Content-Type", "Cookie", "Date", "Expect",
            "From", "Host", "If-Match", "If-Modified-Since", "If-None-Match", "If-Schedule-Tag-Match", "If-Unmodified-Since", "Max-Forwards",
            "Origin", "Pragma", "Referer", "User-Agent", "Via", "Warning",
        ],
        StringComparer.OrdinalIgnoreCase);

    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    private GatewayMetadata()
    {
    }

    /// <summary>How long the caller waits; null for as long as it takes. Not above zero means that the time is over.</summary>
    public TimeSpan? Timeout { get; private set; }

    public string? Find(string name) => _values.GetValueOrDefault(name);

    /// <summary>Reads the headers.</summary>
    /// <exception cref="RefusalException">A deadline or a binary header cannot be read.</exception>
    public static GatewayMetadata Of(IHeaderDictionary headers, IPAddress? caller)
    {
        var metadata = new GatewayMetadata();
        if (headers.GrpcTimeout is { Count: > 0 } timeout && timeout[0] is { Length: > 0 } text)
            metadata.Timeout = ReadTimeout(text);
        foreach (KeyValuePair<string, StringValues> header in headers)
        {
            foreach (string? value in header.Value)
                metadata.Add(header.Key, value ?? "");
        }

        metadata.AddForwarding(headers, caller);
        return metadata;
    }

    private void Add(string name, string value)
    {
        if (name.Equals("Authorization", StringComparison.OrdinalIgnoreCase) && IsPrintable(value))
            _values.TryAdd("authorization", value);
        string key;
        if (Permanent.Contains(name))
            key = PermanentPrefix + name;
        else if (name.StartsWith(MetadataPrefix, StringComparison.OrdinalIgnoreCase))
            key = name[MetadataPrefix.Length..];
        else
            return;

        if (key.Length == 0 || !key.All(static one => char.IsAsciiLetterOrDigit(one) || one is '-' or '_' or '.'))
            return;
        // These belong to the transport, which would not send them as metadata.
        key = key.ToLowerInvariant();
        if (key.StartsWith("grpc-", StringComparison.Ordinal) || key is "content-type" or "user-agent" or "te")
            return;
        if (BinaryHeader.IsBinary(key))
        {
            if (!BinaryHeader.TryDecode(value, out _))
                throw Refuse($"invalid binary header {Canonical(name)}: illegal base64 data at input byte {BinaryHeader.FirstIllegalByte(value)}");
        }
        else if (!IsPrintable(value))
        {
            return;
        }

        _values.TryAdd(key, value);
    }

    private void AddForwarding(IHeaderDictionary headers, IPAddress? caller)
    {
        string host = headers["X-Forwarded-Host"] is { Count: > 0 } forwarded && forwarded[0] is { Length: > 0 } first ? first : headers.Host.ToString();
        if (host.Length > 0)
            _values[ForwardedHost] = host;
        IEnumerable<string?> callers = headers["X-Forwarded-For"];
        if (caller is not null)
            callers = callers.Append(caller.ToString());
        string chain = string.Join(", ", callers);
        if (chain.Length > 0)
            _values[ForwardedFor] = chain;
    }

    private static TimeSpan ReadTimeout(string text)
    {
        double ticks = text[^1] switch
        {
            'n' => 0.01,
            'u' => TimeSpan.TicksPerMicrosecond,
            'm' => TimeSpan.TicksPerMillisecond,
            'S' => TimeSpan.TicksPerSecond,
            'M' => TimeSpan.TicksPerMinute,
            'H' => TimeSpan.TicksPerHour,
            _ => 0,
        };
        if (ticks == 0 || !long.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long count))
            throw Refuse($"invalid grpc-timeout: {text}");
        // Zero means none. What is beyond all measure is clamped; a fraction of a tick is over at once.
        return count == 0 ? System.Threading.Timeout.InfiniteTimeSpan : TimeSpan.FromTicks((long)Math.Clamp(count * ticks, long.MinValue / 2, long.MaxValue / 2));
    }

    private static RefusalException Refuse(string message) => new EtcdError(StatusCode.InvalidArgument, message).ToException();

    private static bool IsPrintable(string value) => !value.AsSpan().ContainsAnyExceptInRange(' ', '~');

    /// <summary>A header's name as Go spells it.</summary>
    private static string Canonical(string name) =>
        string.Join('-', name.Split('-').Select(static part => part.Length == 0 ? part : char.ToUpperInvariant(part[0]) + part[1..].ToLowerInvariant()));
}
