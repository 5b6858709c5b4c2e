using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Tenet.Foundation.Randomness;
using Tenet.Protocol.Authpb;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Mvccpb;
using Tenet.Rpc.Gateway;

namespace Tenet.Rpc.Tests.Gateway;

/// <summary>What an answer looks like (contract/api.md, 4.2).</summary>
public class JsonWritingTests
{
    private static readonly WatchResponse Example = new()
    {
        Header = new ResponseHeader { ClusterId = ulong.MaxValue, Revision = -1 },
        WatchId = 3,
        Canceled = true,
        CancelReason = "a \"b\"\n<\u2028>\u0001é",
        Events =
        {
            new Event { Kv = new KeyValue { Key = ByteString.CopyFromUtf8("foo"), Value = ByteString.CopyFrom(new byte[5000]) } },
            new Event { Type = Event.Types.EventType.Delete, Kv = new KeyValue(), PrevKv = new KeyValue { Lease = 7 } },
            new Event(),
        },
    };

    [Fact]
    public void Names_of_the_protos_numbers_in_quotes_zeros_left_out()
    {
        string zeros = Convert.ToBase64String(new byte[5000]);
        Assert.Equal(
            """{"header":{"cluster_id":"18446744073709551615","revision":"-1"},"watch_id":"3","canceled":true,"cancel_reason":"a \"b\"\n<"""
            + "\u2028>" + """\u0001é","events":[{"kv":{"key":"Zm9v","value":""" + $"\"{zeros}\"" + """}},{"type":"DELETE","kv":{},"prev_kv":{"lease":"7"}},{}]}""",
            GatewayJson.Write(Example));
        Assert.Contains("""<\u2028\u003e""".Replace("<", "\\u003c", StringComparison.Ordinal), GatewayJson.Write(Example, html: true));
    }

    [Fact]
    public void Lists_of_strings_numbers_and_enums()
    {
        Assert.Equal("""{"hash":4294967295}""", GatewayJson.Write(new HashKVResponse { Hash = uint.MaxValue }));
        Assert.Equal(
            """{"members":[{"ID":"1","peerURLs":["a","b"]},{}]}""",
            GatewayJson.Write(new MemberListResponse { Members = { new Member { ID = 1, PeerURLs = { "a", "b" } }, new Member() } }));
        Assert.Equal(
            """{"perm":[{"permType":"READWRITE","key":"YQ=="},{"permType":9}]}""",
            GatewayJson.Write(new AuthRoleGetResponse
            {
                Perm = { new Permission { PermType = Permission.Types.Type.Readwrite, Key = ByteString.CopyFromUtf8("a") }, new Permission { PermType = (Permission.Types.Type)9 } },
            }));
        Assert.Equal(
            """{"responses":[{"response_range":{}},{"response_put":{}}]}""",
            GatewayJson.Write(new TxnResponse { Responses = { new ResponseOp { ResponseRange = new RangeResponse() }, new ResponseOp { ResponsePut = new PutResponse() } } }));
    }

    [Fact]
    public void An_answer_is_the_same_in_whatever_pieces_it_is_written()
    {
        string whole = GatewayJson.Write(Example);
        for (int piece = 1; piece < 40; piece++)
            Assert.Equal(whole, GatewayJson.Write(Example, piece));
    }

    [Fact]
    public void What_is_written_can_be_read_again()
    {
        var random = new SeededRandom(7);
        for (int i = 0; i < 500; i++)
        {
            byte[] key = new byte[random.Next(50)];
            random.Fill(key);
            var message = new RangeResponse { Count = (long)random.NextUInt64(), More = i % 2 == 0 };
            for (int n = random.Next(4); n > 0; n--)
                message.Kvs.Add(new KeyValue { Key = ByteString.CopyFrom(key), ModRevision = (long)random.NextUInt64() });
            string json = GatewayJson.Write(message, 1 + random.Next(30));
            Assert.Equal(message, GatewayJson.Read<RangeResponse>(json));
        }
    }

    [Fact]
    public void All_messages_have_their_fields_in_the_order_of_their_numbers()
    {
        // What the writer relies on to print fields where etcd prints them.
        foreach (MethodDescriptor method in GatewayBindings.Methods.Values)
            Check(method.OutputType, []);

        static void Check(MessageDescriptor message, HashSet<MessageDescriptor> seen)
        {
            if (!seen.Add(message))
                return;
            int[] numbers = [.. message.Fields.InDeclarationOrder().Select(field => field.FieldNumber)];
            Assert.Equal(numbers.Order(), numbers);
            foreach (FieldDescriptor field in message.Fields.InDeclarationOrder().Where(field => field.FieldType == FieldType.Message))
                Check(field.MessageType, seen);
        }
    }

    [Fact]
    public void Every_method_of_the_protos_has_its_path_but_the_streamed_range()
    {
        string[] without = [.. GatewayBindings.Methods.Keys.Except(GatewayBindings.All.Select(binding => binding.Method))];
        Assert.Equal(["/etcdserverpb.KV/RangeStream"], without);
        Assert.Equal(51, GatewayBindings.All.Count);
        Assert.All(GatewayBindings.All, binding => Assert.True(GatewayBindings.Methods.ContainsKey(binding.Method), binding.Method));
    }

    [Fact]
    public void The_document_for_generators_is_json_and_whole()
    {
        using JsonDocument document = JsonDocument.Parse(OpenApiDocument.Answer("GET").Body);
        JsonElement schemas = document.RootElement.GetProperty("components").GetProperty("schemas");
        Assert.Equal(GatewayBindings.All.Count, document.RootElement.GetProperty("paths").EnumerateObject().Count());
        string text = document.RootElement.GetRawText();
        foreach (string reference in text.Split("#/components/schemas/").Skip(1).Select(rest => rest[..rest.IndexOf('"', StringComparison.Ordinal)]))
            Assert.True(schemas.TryGetProperty(reference, out _), reference);
        Assert.Equal(405, OpenApiDocument.Answer("POST").Status);
    }
}
