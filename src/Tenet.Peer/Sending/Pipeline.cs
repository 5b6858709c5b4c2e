using System.Net.Http.Headers;
using System.Threading.Channels;
using Tenet.Foundation.Metrics;
using Tenet.Raft;
using Tenet.Raft.Wire;

namespace Tenet.Peer.Sending;

/// <summary>Sends messages one by one, each in a request of its own: the way to a member to which no stream leads (contract/consensus.md, 4.5).</summary>
internal sealed class Pipeline : IAsyncDisposable
{
    private const int Posters = 4;
    private const int QueuedMax = 64;
    private const string Name = "pipeline";

    private readonly PeerContext _context;
    private readonly ulong _peer;
    private readonly string _hexId;
    private readonly PeerUrls _urls;
    private readonly PeerActivity _activity;
    private readonly Counter _sentBytes;
    private readonly Counter _sentFailures;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Channel<Message> _queue = Channel.CreateBounded<Message>(QueuedMax);
    private readonly Task[] _posters;

    public Pipeline(PeerContext context, ulong peer, PeerUrls urls, PeerActivity activity)
    {
        _context = context;
        _peer = peer;
        _hexId = HexId.Text(peer);
        _urls = urls;
        _activity = activity;
        _sentBytes = context.Metrics.SentBytes.With(_hexId);
        _sentFailures = context.Metrics.SentFailures.With(_hexId);
        _posters = [.. Enumerable.Range(0, Posters).Select(_ => Task.Run(PostAllAsync))];
    }

    /// <summary>Queues a message; false if the queue is full.</summary>
    public bool TrySend(Message message) => _queue.Writer.TryWrite(message);

    /// <summary>Ends the requests under way. Nothing is reported any more.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _stopping.CancelAsync();
        await Task.WhenAll(_posters);
        _stopping.Dispose();
    }

    private async Task PostAllAsync()
    {
        try
        {
            await foreach (Message message in _queue.Reader.ReadAllAsync(_stopping.Token))
                await PostAsync(message);
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }

    private async Task PostAsync(Message message)
    {
        byte[] bytes = RaftCodec.ToBytes(message);
        string url = _urls.Pick();
        string? problem;
        // A peer that takes the request and never answers must not hold one of the four posters for good.
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        patience.CancelAfter(_context.Options.DialTimeout + _context.Options.WriteTimeout + _context.Options.ReadTimeout);
        try
        {
            using HttpRequestMessage request = new(HttpMethod.Post, url + "/raft") { Content = new ByteArrayContent(bytes) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/protobuf");
            PeerHeaders.Introduce(request.Headers, _context.Local);
            using HttpResponseMessage response = await _context.Requests.SendAsync(request, patience.Token);
            problem = await PeerAnswer.ProblemAsync(response, _context, _hexId, url, patience.Token);
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException)
        {
            problem = failure.Message;
        }
        catch (OperationCanceledException) when (!_stopping.IsCancellationRequested)
        {
            problem = "i/o timeout";
        }
        if (problem is null)
        {
            _activity.Activate();
            _sentBytes.Add(bytes.Length);
            return;
        }
        _urls.Unreachable(url);
        _activity.Deactivate("write", Name, problem);
        _sentFailures.Increment();
        _context.Local.ReportUnreachable(_peer);
    }
}
