using Google.Protobuf;
using Tenet.Foundation;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.State.Mvcc;

/// <summary>A range answered in chunks, all at the revision of the first (contract/api.md, 2.2, RangeStream). One caller at a time.</summary>
public sealed class RangeChunks
{
    private const long FirstLimit = 10;

    private readonly RangeReader _ranges;
    private readonly RangeRequest _request;
    private readonly long _maxRequestBytes;
    private readonly long _limit;
    private long _headerRevision;
    private long _sent;

    internal RangeChunks(RangeReader ranges, RangeRequest request, long maxRequestBytes)
    {
        _ranges = ranges;
        _request = request.Clone();
        _maxRequestBytes = maxRequestBytes;
        _limit = request.Limit <= 0 ? long.MaxValue : request.Limit;
        _request.Limit = Math.Min(FirstLimit, _limit);
    }

    /// <summary>Whether the last chunk has been taken.</summary>
    public bool IsFinished { get; private set; }

    /// <summary>
    /// The next chunk. Only the last has a header (with the revision of the first chunk), <c>more</c> and <c>count</c>. Dispose each. A
    /// refusal ends the stream.
    /// </summary>
    public Outcome<RangeResult> Next()
    {
        Invariant.That(!IsFinished, $"a streamed range has no chunk after the last");
        Outcome<RangeResult> outcome = _ranges.Read(_request, default, withTotal: false);
        if (outcome.IsRefused)
        {
            IsFinished = true;
            return outcome;
        }

        RangeResult chunk = outcome.Response;
        if (_request.CountOnly)
        {
            IsFinished = true;
            return chunk;
        }

        if (_headerRevision == 0)
        {
            _headerRevision = chunk.Revision;
            if (_request.Revision <= 0)
                _request.Revision = _headerRevision;
        }

        int size = chunk.EncodedLength;
        chunk.Header = null;
        _sent += chunk.KvCount;
        if (chunk.More)
            _request.Key = ByteString.CopyFrom(KeyAfter(chunk));
        if (!chunk.More || _sent == _limit)
            return Finish(chunk);
        chunk.More = false;
        _request.Limit = Math.Min(Adjust(_request.Limit, size), _limit - _sent);
        return chunk;
    }

    private Outcome<RangeResult> Finish(RangeResult last)
    {
        IsFinished = true;
        last.Header = new ResponseHeader { Revision = _headerRevision };
        last.Count = _sent;
        if (!last.More)
            return last;
        _request.CountOnly = true;
        Outcome<RangeResult> rest = _ranges.Read(_request, default);
        if (rest.IsRefused)
        {
            last.Dispose();
            return rest;
        }

        last.Count += rest.Response.Count;
        rest.Response.Dispose();
        return last;
    }

    private long Adjust(long limit, int size)
    {
        if (size < _maxRequestBytes / 2)
            return limit > long.MaxValue / 2 ? limit : limit * 2;
        return size > _maxRequestBytes * 2 ? Math.Max(1, limit / 2) : limit;
    }

    private static byte[] KeyAfter(RangeResult chunk)
    {
        byte[] last = chunk.LastKey().ToArray();
        return [.. last, 0];
    }
}
