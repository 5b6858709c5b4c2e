using System.Buffers.Binary;
using System.Diagnostics;
using System.Threading.Channels;
using Google.Protobuf;
using Tenet.Client;
using Tenet.Client.Calls;
using Tenet.Client.Calls.Methods;
using Tenet.CommandLine;
using Tenet.Ctl.Connection;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Ctl.Checks;

/// <summary>Puts of random keys below a prefix, by many clients at once, each with a connection of its own.</summary>
internal sealed class PutLoad(Session session, string prefix, int clients, int keyBytes, int valueBytes)
{
    private readonly ByteString _value = ByteString.CopyFrom(new byte[valueBytes]);
    private readonly byte[] _prefix = RawText.Encode(prefix);

    public LoadStatistics Statistics { get; } = new();

    /// <summary>Puts as many keys as <paramref name="pace"/> yields, as soon as it yields them and a client is free.</summary>
    public async Task RunAsync(IAsyncEnumerable<int> pace, Action<int> done)
    {
        System.Threading.Channels.Channel<PutRequest> requests = System.Threading.Channels.Channel.CreateBounded<PutRequest>(clients);
        Task[] workers = [.. Enumerable.Range(0, clients).Select(_ => WorkAsync(requests.Reader, done))];
        await foreach (int _ in pace)
            await requests.Writer.WriteAsync(new() { Key = NextKey(), Value = _value });
        requests.Writer.Complete();
        await Task.WhenAll(workers);
    }

    private ByteString NextKey()
    {
        byte[] key = new byte[_prefix.Length + keyBytes];
        _prefix.CopyTo(key, 0);
        BinaryPrimitives.WriteInt64LittleEndian(key.AsSpan(_prefix.Length), Random.Shared.NextInt64());
        return UnsafeByteOperations.UnsafeWrap(key);
    }

    private async Task WorkAsync(ChannelReader<PutRequest> requests, Action<int> done)
    {
        await using TenetClient client = session.AnotherClient();
        await foreach (PutRequest request in requests.ReadAllAsync())
        {
            long started = Stopwatch.GetTimestamp();
            try
            {
                await client.Invoker.UnaryAsync(KvMethods.Put, request, CallOptions.None);
                Statistics.Add(Stopwatch.GetElapsedTime(started));
            }
            catch (CallException exception)
            {
                Statistics.Add(exception);
            }
            done(1);
        }
    }
}
