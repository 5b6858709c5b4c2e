using System.Buffers;
using System.Text.Json;
using Google.Protobuf.Reflection;
using Tenet.Rpc.Http;

namespace Tenet.Rpc.Gateway;

/// <summary>The gateway described for people and generators: OpenAPI 3.0, made from the descriptors when it is first asked for.</summary>
internal static class OpenApiDocument
{
    /// <summary>Where it is served.</summary>
    public const string Path = "/openapi.json";

    private static readonly Lazy<byte[]> Text = new(Write);

    public static EndpointReply Answer(string method) =>
        method is "GET" or "HEAD" ? new EndpointReply(200, "application/json", Text.Value) : EndpointReply.MethodNotAllowed;

    private static byte[] Write()
    {
        var output = new ArrayBufferWriter<byte>(64 * 1024);
        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        json.WriteString("openapi", "3.0.3");
        json.WriteStartObject("info");
        json.WriteString("title", "Tenet, the etcd v3 API as JSON");
        json.WriteString("version", "3.7.1");
        json.WriteString(
            "description",
            "Keys and values are base64. 64-bit numbers are strings in answers. Fields that are zero, empty or false are left out. "
            + "Streams answer with one JSON object in a line. With authentication on, the token of /v3/auth/authenticate goes into the Authorization header.");
        json.WriteEndObject();
        json.WriteStartArray("security");
        json.WriteStartObject();
        json.WriteEndObject();
        json.WriteStartObject();
        json.WriteStartArray("token");
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();

        var messages = new SortedDictionary<string, MessageDescriptor>(StringComparer.Ordinal);
        json.WriteStartObject("paths");
        foreach (GatewayBinding binding in GatewayBindings.All)
            WritePath(json, binding, messages);
        json.WriteEndObject();
        json.WriteStartObject("components");
        WriteSecurity(json);
        json.WriteStartObject("schemas");
        WriteStatus(json);
        foreach (MessageDescriptor message in messages.Values)
            WriteMessage(json, message);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
        json.Flush();
        return output.WrittenSpan.ToArray();
    }

    private static void WritePath(Utf8JsonWriter json, GatewayBinding binding, SortedDictionary<string, MessageDescriptor> messages)
    {
        MethodDescriptor method = GatewayBindings.Methods[binding.Method];
        Collect(method.InputType, messages);
        Collect(method.OutputType, messages);
        json.WriteStartObject(binding.Path);
        json.WriteStartObject("post");
        // A method with two paths needs two identifiers.
        json.WriteString("operationId", binding.Path["/v3/".Length..].Replace('/', '_').Replace('-', '_'));
        json.WriteString("summary", binding.Method[1..]);
        json.WriteStartArray("tags");
        json.WriteStringValue(method.Service.Name);
        json.WriteEndArray();
        json.WriteStartObject("requestBody");
        WriteContent(json, method.InputType, streamed: false);
        json.WriteEndObject();
        json.WriteStartObject("responses");
        json.WriteStartObject("200");
        json.WriteString("description", method.IsServerStreaming ? "One object in each line, for as long as the stream goes on." : "The answer.");
        WriteContent(json, method.OutputType, method.IsServerStreaming);
        json.WriteEndObject();
        json.WriteStartObject("default");
        json.WriteString("description", "A refusal.");
        json.WriteStartObject("content");
        json.WriteStartObject("application/json");
        WriteReference(json, "schema", "Status");
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteContent(Utf8JsonWriter json, MessageDescriptor message, bool streamed)
    {
        json.WriteStartObject("content");
        json.WriteStartObject("application/json");
        if (streamed)
        {
            json.WriteStartObject("schema");
            json.WriteString("type", "object");
            json.WriteStartObject("properties");
            WriteReference(json, "result", message.FullName);
            WriteReference(json, "error", "Status");
            json.WriteEndObject();
            json.WriteEndObject();
        }
        else
        {
            WriteReference(json, "schema", message.FullName);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteSecurity(Utf8JsonWriter json)
    {
        json.WriteStartObject("securitySchemes");
        json.WriteStartObject("token");
        json.WriteString("type", "apiKey");
        json.WriteString("in", "header");
        json.WriteString("name", "Authorization");
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteStatus(Utf8JsonWriter json)
    {
        json.WriteStartObject("Status");
        json.WriteString("type", "object");
        json.WriteStartObject("properties");
        json.WriteStartObject("code");
        json.WriteString("type", "integer");
        json.WriteString("description", "A gRPC status code.");
        json.WriteEndObject();
        json.WriteStartObject("message");
        json.WriteString("type", "string");
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteMessage(Utf8JsonWriter json, MessageDescriptor message)
    {
        json.WriteStartObject(message.FullName);
        json.WriteString("type", "object");
        json.WriteStartObject("properties");
        foreach (FieldDescriptor field in message.Fields.InDeclarationOrder())
        {
            json.WriteStartObject(field.Name);
            if (field.IsRepeated)
            {
                json.WriteString("type", "array");
                json.WriteStartObject("items");
            }

            WriteType(json, field);
            if (field.IsRepeated)
                json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteType(Utf8JsonWriter json, FieldDescriptor field)
    {
        if (field.FieldType == FieldType.Message)
        {
            json.WriteString("$ref", "#/components/schemas/" + field.MessageType.FullName);
            return;
        }

        (string type, string? format) = field.FieldType switch
        {
            FieldType.Bool => ("boolean", null),
            FieldType.Bytes => ("string", "byte"),
            FieldType.Int64 => ("string", "int64"),
            FieldType.UInt64 => ("string", "uint64"),
            FieldType.Int32 => ("integer", "int32"),
            FieldType.UInt32 => ("integer", "int64"),
            _ => ("string", (string?)null),
        };
        json.WriteString("type", type);
        if (format is not null)
            json.WriteString("format", format);
        if (field.FieldType != FieldType.Enum)
            return;
        json.WriteStartArray("enum");
        foreach (EnumValueDescriptor value in field.EnumType.Values)
            json.WriteStringValue(value.Name);
        json.WriteEndArray();
    }

    private static void WriteReference(Utf8JsonWriter json, string name, string schema)
    {
        json.WriteStartObject(name);
        json.WriteString("$ref", "#/components/schemas/" + schema);
        json.WriteEndObject();
    }

    private static void Collect(MessageDescriptor message, SortedDictionary<string, MessageDescriptor> messages)
    {
        if (!messages.TryAdd(message.FullName, message))
            return;
        foreach (FieldDescriptor field in message.Fields.InDeclarationOrder())
        {
            if (field.FieldType == FieldType.Message)
                Collect(field.MessageType, messages);
        }
    }
}
