using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Tenet.Proxy.Members;

/// <summary>What a proxy writes down of itself, in the form that etcd's client libraries resolve names by.</summary>
/// <param name="Op">0: the address is there.</param>
/// <param name="Addr">Where clients find the proxy.</param>
/// <param name="Metadata">JSON once more: <c>{"name":…}</c>.</param>
internal sealed record ProxyRecord(int Op, string Addr, string? Metadata)
{
    /// <summary>As Go writes it: quotes within a text are escaped by a backslash.</summary>
    private static readonly ProxyRecordJson Json = new(new JsonSerializerOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    public static byte[] Write(string address, string name) => JsonSerializer.SerializeToUtf8Bytes(
        new ProxyRecord(0, address, JsonSerializer.Serialize(new ProxyName(name), Json.ProxyName)), Json.ProxyRecord);

    /// <summary>A record's address and name; null if it is none.</summary>
    public static (string Address, string Name)? Read(ReadOnlySpan<byte> json)
    {
        try
        {
            if (JsonSerializer.Deserialize(json, Json.ProxyRecord) is not { Addr: not null } record)
                return null;
            ProxyName? name = record.Metadata is null ? null : JsonSerializer.Deserialize(record.Metadata, Json.ProxyName);
            return (record.Addr, name?.Name ?? "");
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>The metadata of a record.</summary>
internal sealed record ProxyName([property: JsonPropertyName("name")] string Name);

/// <summary>How records are written and read without reflection.</summary>
[JsonSerializable(typeof(ProxyRecord))]
[JsonSerializable(typeof(ProxyName))]
internal sealed partial class ProxyRecordJson : JsonSerializerContext;
