using Google.Protobuf;
using Tenet.Foundation.Randomness;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Simulation.Checking;
using Tenet.Simulation.Worlds;
using Tenet.State.Watch;

namespace Tenet.Simulation.Workload;

/// <summary>
/// A client that watches: one watcher on one stream at a time. When the stream breaks it goes on at another member from the revision after the
/// last that it saw; when that is compacted, from the first that is left.
/// </summary>
internal sealed class Watcher(World world, ClientPort port, SeededRandom random, int number)
{
    /// <summary>A watcher on a healed cluster is created and has everything within this time.</summary>
    private static readonly TimeSpan CatchUpMax = TimeSpan.FromSeconds(2);

    private readonly WatchCreateRequest _wish = Wish(random);
    private ClientStream<WatchRequest, WatchReply, WatchResponse>? _stream;
    private WatchRecord? _record;
    private long _next;
    private long _openedAt;
    private int _streams;
    private bool _stopping;

    /// <summary>Opens the first stream.</summary>
    public void Begin()
    {
        _next = random.Chance(0.5) ? 0 : 1 + random.Next(3);
        world.After(random.Next(3000) * TimeSpan.TicksPerMillisecond, Open);
        PlanWhim();
    }

    /// <summary>The world is at its end; the stream stays as it is.</summary>
    /// <param name="revision">What must have arrived by now.</param>
    public void Finish(long revision)
    {
        _stopping = true;
        if (_record is not null && world.Now - _openedAt >= CatchUpMax.Ticks)
            _record.MustReach = revision;
    }

    private static WatchCreateRequest Wish(SeededRandom random)
    {
        var wish = new WatchCreateRequest
        {
            Key = ByteString.CopyFromUtf8("k"),
            RangeEnd = ByteString.CopyFromUtf8("l"),
            PrevKv = random.Chance(0.3),
            ProgressNotify = random.Chance(0.5),
            Fragment = random.Chance(0.2),
        };
        if (random.Chance(0.3))
        {
            wish.Key = ByteString.CopyFromUtf8("k1");
            wish.RangeEnd = ByteString.Empty;
        }

        if (random.Chance(0.2))
            wish.Filters.Add(random.Chance(0.5) ? WatchCreateRequest.Types.FilterType.Noput : WatchCreateRequest.Types.FilterType.Nodelete);
        return wish;
    }

    private void Open()
    {
        if (_stopping)
            return;
        SimMember target = world.PickForClient(random);
        WatchCreateRequest request = _wish.Clone();
        request.StartRevision = _next;
        int opened = ++_streams;
        _openedAt = world.Now;
        WatchRecord record = world.History.Watch(request.Clone(), target.MemberId);
        _record = record;
        world.Trace.Add(world.Now, TraceKind.Client, $"w{number}", target.Index, _next, "watches");
        _stream = new ClientStream<WatchRequest, WatchReply, WatchResponse>(
            world, port, static reply => reply.ToMessage(), response => OnResponse(record, opened, response), error => OnEnded(opened, error));
        _stream.Open(target, static (member, stream, call) => member.Door.Stream(call, false, inner => member.Watch.Watch(stream, stream, inner)));
        _stream.Send(new WatchRequest { CreateRequest = request });
    }

    private void OnResponse(WatchRecord record, int opened, WatchResponse response)
    {
        if (opened != _streams)
            return;
        record.Responses.Add(response);
        world.Trace.Add(world.Now, TraceKind.Client, $"w{number}", response.Events.Count, response.Header.Revision, response);
        if (response.Canceled)
        {
            _next = Math.Max(_next, response.CompactRevision);
            Reopen();
            return;
        }

        if (response.Created && _next == 0)
            _next = response.Header.Revision + 1;
        foreach (var change in response.Events)
            _next = response.Fragment ? _next : Math.Max(_next, change.Kv.ModRevision + 1);
        if (response.Events.Count == 0 && !response.Created)
            _next = Math.Max(_next, response.Header.Revision + 1);
    }

    private void OnEnded(int opened, EtcdError? error)
    {
        if (opened != _streams)
            return;
        world.Trace.Add(world.Now, TraceKind.Client, $"w{number}", 0, 1, error?.Message ?? "the watch broke");
        _record = null;
        world.After(random.Next(10, 500) * TimeSpan.TicksPerMillisecond, Open);
    }

    private void Reopen()
    {
        _record = null;
        _streams++;
        _stream?.Close();
        _stream = null;
        world.After(random.Next(1, 200) * TimeSpan.TicksPerMillisecond, Open);
    }

    /// <summary>Now and then it asks for progress, or goes to another member.</summary>
    private void PlanWhim() => world.After(random.Next(200, 4000) * TimeSpan.TicksPerMillisecond, () =>
    {
        if (_stopping)
            return;
        if (_record is not null && random.Chance(0.7))
            _stream!.Send(new WatchRequest { ProgressRequest = new WatchProgressRequest() });
        else if (_record is not null && random.Chance(0.3))
            world.Clients.Within(Reopen);
        PlanWhim();
    });
}
