using Google.Protobuf;
using Tenet.Client;
using Tenet.Client.Calls;
using Tenet.Client.Calls.Methods;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Hosting.Tests;

/// <summary>Puts and gets of texts.</summary>
internal static class Keys
{
    private static readonly CallOptions Patient = new() { Timeout = TimeSpan.FromSeconds(60) };

    public static async Task PutAsync(this TenetClient client, string key, string value, CallOptions? options = null) =>
        await client.Invoker.UnaryAsync(
            KvMethods.Put, new PutRequest { Key = ByteString.CopyFromUtf8(key), Value = ByteString.CopyFromUtf8(value) }, options ?? Patient);

    public static async Task<string?> GetAsync(this TenetClient client, string key, bool serializable = false)
    {
        RangeResponse answer = await client.Invoker.UnaryAsync(
            KvMethods.Range, new RangeRequest { Key = ByteString.CopyFromUtf8(key), Serializable = serializable }, Patient);
        return answer.Kvs.Count == 0 ? null : answer.Kvs[0].Value.ToStringUtf8();
    }
}
