using Google.Protobuf;
using Tenet.Client.Calls;
using Tenet.Client.Calls.Methods;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Mvccpb;

namespace Tenet.Proxy.Tests.Support;

/// <summary>A stream of watches as a client has one.</summary>
internal sealed class WatchCaller(Channel channel, CallOptions? options = null) : IAsyncDisposable
{
    private readonly IDuplexCall<WatchRequest, WatchResponse> _call = channel.Duplex(WatchMethods.Watch, options ?? CallOptions.None);

    public Task SendAsync(WatchCreateRequest request) => _call.WriteAsync(new WatchRequest { CreateRequest = request });

    public Task SendAsync(WatchRequest request) => _call.WriteAsync(request);

    public async Task<WatchResponse> ReadAsync() => await _call.ReadAsync().AsTask().WaitAsync(ProxyBed.Patience) ?? throw new InvalidOperationException("the stream has ended");

    /// <summary>Begins to watch; the answer.</summary>
    public async Task<WatchResponse> WatchAsync(string key, long start = 0, Action<WatchCreateRequest>? more = null)
    {
        WatchCreateRequest request = new() { Key = ByteString.CopyFromUtf8(key), StartRevision = start };
        more?.Invoke(request);
        await SendAsync(request);
        WatchResponse response = await ReadAsync();
        Assert.True(response.Created, response.ToString());
        return response;
    }

    /// <summary>The values of the next so many events; a deletion is a dash.</summary>
    public async Task<IReadOnlyList<string>> EventsAsync(int count)
    {
        List<string> values = [];
        while (values.Count < count)
        {
            foreach (Event change in (await ReadAsync()).Events)
                values.Add(change.Type == Event.Types.EventType.Put ? change.Kv.Value.ToStringUtf8() : "-");
        }
        return values;
    }

    public ValueTask DisposeAsync() => _call.DisposeAsync();
}
