using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Mvccpb;

namespace Tenet.Proxy.Watching;

/// <summary>
/// One watcher of one caller: which of a shared watch's events are his, and in which form he wants them. Changed only under the lock of his group.
/// </summary>
internal sealed class Watcher(WatchStream stream, long id, WatchCreateRequest request)
{
    /// <summary>What etcd takes for too large for one piece: its largest request, and half a mebibyte for what surrounds it.</summary>
    private const int PieceBytesMax = 1_572_864 + 524_288;

    private readonly bool _noPut = request.Filters.Contains(WatchCreateRequest.Types.FilterType.Noput);
    private readonly bool _noDelete = request.Filters.Contains(WatchCreateRequest.Types.FilterType.Nodelete);
    private readonly bool _progress = request.ProgressNotify;
    private readonly bool _fragment = request.Fragment;
    private readonly TaskCompletionSource<bool> _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public WatchStream Stream => stream;

    public long Id => id;

    /// <summary>From where on he wants events; 0 for from now on.</summary>
    public long Start { get; } = request.StartRevision;

    /// <summary>The first revision whose events he has not been sent.</summary>
    public long Next { get; private set; } = request.StartRevision;

    /// <summary>The watch that feeds him; null before, and after that has ended.</summary>
    public SharedWatch? Source { get; set; }

    /// <summary>Those who watch the same; null before he does.</summary>
    public WatchGroup? Group { get; set; }

    /// <summary>The header of what he was last sent.</summary>
    public ResponseHeader Latest { get; private set; } = new();

    /// <summary>Completes when he has been told that he watches (true), or that he may not (false).</summary>
    public Task<bool> Opened => _opened.Task;

    /// <summary>Tells him that he watches, from the revision in the header on if he did not name one.</summary>
    public void Open(ResponseHeader header)
    {
        if (Next == 0)
            Next = header.Revision + 1;
        Post(new WatchResponse { Header = header, Created = true }, bytes: 0);
        _opened.TrySetResult(true);
    }

    /// <summary>Tells him that he may not watch.</summary>
    public void Refuse(WatchResponse refusal)
    {
        stream.Post(refusal, bytes: 0);
        _opened.TrySetResult(false);
    }

    /// <summary>Tells him that the server has ended the watch.</summary>
    public void Cancel(WatchResponse cancellation) => Post(
        new WatchResponse { Header = cancellation.Header, Canceled = true, CompactRevision = cancellation.CompactRevision, CancelReason = cancellation.CancelReason },
        bytes: 0);

    /// <summary>Ends his stream, and him with it.</summary>
    public void Fail(Exception failure)
    {
        stream.Fail(failure);
        _opened.TrySetException(failure);
    }

    /// <summary>Passes on what is his of a batch of events. The events themselves belong to all watchers.</summary>
    public void Send(WatchResponse batch, int bytes)
    {
        WatchResponse mine = new() { Header = batch.Header };
        if (!_noPut && !_noDelete && batch.Events[0].Kv.ModRevision >= Next)
        {
            mine.Events.Add(batch.Events);
        }
        else
        {
            foreach (Event change in batch.Events)
            {
                if (change.Kv.ModRevision >= Next && !(change.Type == Event.Types.EventType.Put ? _noPut : _noDelete))
                    mine.Events.Add(change);
            }
        }
        Next = Math.Max(Next, batch.Events[^1].Kv.ModRevision + 1);
        if (mine.Events.Count == 0)
            return;
        if (_fragment && mine.Events.Count > 1 && mine.CalculateSize() >= PieceBytesMax)
            SendInPieces(mine);
        else
            Post(mine, bytes);
    }

    /// <summary>Passes on that there are no more events up to the header's revision.</summary>
    public void Progress(ResponseHeader header, bool asked)
    {
        Next = Math.Max(Next, header.Revision + 1);
        if (asked)
            stream.Reached(this, header);
        else if (_progress)
            Post(new WatchResponse { Header = header }, bytes: 0);
    }

    private void SendInPieces(WatchResponse whole)
    {
        WatchResponse piece = new() { Header = whole.Header };
        int bytes = 0;
        foreach (Event change in whole.Events)
        {
            int more = change.CalculateSize();
            if (piece.Events.Count > 0 && bytes + more >= PieceBytesMax)
            {
                piece.Fragment = true;
                Post(piece, bytes);
                piece = new WatchResponse { Header = whole.Header };
                bytes = 0;
            }
            piece.Events.Add(change);
            bytes += more;
        }
        Post(piece, bytes);
    }

    private void Post(WatchResponse response, int bytes)
    {
        Latest = response.Header;
        response.WatchId = id;
        stream.Post(response, bytes);
    }
}
