using Google.Protobuf;
using Tenet.Protocol.Etcdserverpb;
using Tenet.State.Mvcc;
using Tenet.State.Watch;

namespace Tenet.State.Tests.Watch;

/// <summary>A hub over a model history, and short words for what clients and the member do.</summary>
internal sealed class WatchFixture
{
    public WatchFixture(Func<WatchHubOptions, WatchHubOptions>? change = null)
    {
        var options = new WatchHubOptions
        {
            ClusterId = 0xa7ef944b95711739,
            MemberId = 0xddd67b312462fd7b,
            RaftTerm = static () => 2,
            WorkArrived = () => Wakes++,
        };
        Hub = new WatchHub(History, change is null ? options : change(options));
    }

    public ModelHistory History { get; } = new();

    public WatchHub Hub { get; }

    public int Wakes { get; private set; }

    /// <summary>The revision that the hub has been told of.</summary>
    public long Told { get; private set; } = 1;

    public void Write(params (string Key, string? Value)[] changes)
    {
        IReadOnlyList<MvccEvent> events = History.Write(changes);
        if (events.Count == 0)
            return;
        Told = History.CurrentRevision;
        Hub.Written(Told, events);
    }

    /// <summary>Tells the hub that the store is another, whose history the model has already.</summary>
    public void Replaced()
    {
        Told = History.CurrentRevision;
        Hub.Replaced(Told);
    }

    public void Put(string key, string value) => Write((key, value));

    public WatchStream Open() => Hub.OpenStream(TimeSpan.Zero);

    /// <summary>Lets the loop do all that there is to do.</summary>
    public void RunLoop()
    {
        do
        {
            Hub.RetryVictims();
        }
        while (Hub.RunCatchUp());
    }

    public static WatchRequest Create(
        string key, string end = "", long start = 0, long id = 0, bool previous = false, bool fragment = false, bool progress = false, params int[] filters)
    {
        var create = new WatchCreateRequest
        {
            Key = ByteString.CopyFromUtf8(key),
            RangeEnd = ByteString.CopyFromUtf8(end),
            StartRevision = start,
            WatchId = id,
            PrevKv = previous,
            Fragment = fragment,
            ProgressNotify = progress,
        };
        foreach (int filter in filters)
            create.Filters.Add((WatchCreateRequest.Types.FilterType)filter);
        return new WatchRequest { CreateRequest = create };
    }

    public static WatchRequest Cancel(long id) => new() { CancelRequest = new WatchCancelRequest { WatchId = id } };

    public static WatchRequest Progress() => new() { ProgressRequest = new WatchProgressRequest() };

    public static List<WatchResponse> TakeAll(WatchStream stream)
    {
        var taken = new List<WatchResponse>();
        while (stream.TryTake(out WatchReply reply))
            taken.Add(reply.ToMessage());
        return taken;
    }

    public static WatchResponse TakeOne(WatchStream stream) => Assert.Single(TakeAll(stream));
}
