using Google.Protobuf;
using Tenet.Foundation.Files;
using Tenet.Foundation.Files.Simulation;
using Tenet.Foundation.Randomness;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Server.Loops;
using Tenet.State.Mvcc;

namespace Tenet.Server.Tests.Support;

/// <summary>A member on a simulated disk and a virtual clock, whose turns the test runs itself on its own thread.</summary>
internal sealed class TestMember : IDisposable
{
    private readonly IReadOnlyList<ITurn> _turns;

    public TestMember(
        SimFileSystem? disk = null,
        Func<MemberOptions, MemberOptions>? configure = null,
        ulong seed = 1,
        VirtualClock? clock = null,
        Func<MemberSeams, MemberSeams>? replace = null)
    {
        // Continuations run where the result is given, not in a queue of the test runner.
        SynchronizationContext.SetSynchronizationContext(null);
        Disk = disk ?? new SimFileSystem();
        Clock = clock ?? new VirtualClock();
        MemberOptions options = Options;
        MemberSeams seams = Seams(Disk, seed);
        Task<Member> opening = Member.OpenAsync(configure?.Invoke(options) ?? options, replace?.Invoke(seams) ?? seams);

        // Whoever asks others may have to wait for them.
        while (!opening.IsCompleted)
            Clock.Advance(TimeSpan.FromMilliseconds(100));
        Member = opening.GetAwaiter().GetResult();
        _turns = Member.Turns;
    }

    public static MemberOptions Options { get; } = new()
    {
        Name = "n1",
        DataDirectory = "/data",
        InitialCluster = [new InitialMember("n1", ["http://127.0.0.1:12380"])],
        AdvertisePeerUrls = ["http://127.0.0.1:12380"],
        AdvertiseClientUrls = ["http://127.0.0.1:12379"],
    };

    public SimFileSystem Disk { get; }

    public VirtualClock Clock { get; }

    public RecordingLog Log { get; } = new();

    public TestCall Call { get; } = new();

    public Member Member { get; }

    /// <summary>The name of a turn that stands still; null if all run.</summary>
    public string? Stalled { get; set; }

    public MemberSeams Seams(IFileSystem disk, ulong seed) => new()
    {
        Files = disk,
        Clock = Clock,
        Log = Log,
        Random = new SeededRandom(seed),
        CompleteOnPool = false,
        BackendLockTimeout = TimeSpan.Zero,
    };

    /// <summary>Opens a member and runs it until it serves.</summary>
    public static TestMember Started(
        SimFileSystem? disk = null,
        Func<MemberOptions, MemberOptions>? configure = null,
        ulong seed = 1,
        Func<MemberSeams, MemberSeams>? replace = null)
    {
        var member = new TestMember(disk, configure, seed, replace: replace);
        member.Run(member.Member.Ready);
        return member;
    }

    /// <summary>One round of all turns.</summary>
    /// <returns>Whether any of them had something to do.</returns>
    public bool Round()
    {
        bool worked = false;
        foreach (ITurn turn in _turns)
        {
            if (turn.Name != Stalled)
                worked |= turn.RunTurn();
        }

        return worked;
    }

    /// <summary>Runs the turns, and the clock while there is nothing to do, until the task has completed.</summary>
    public void Run(Task task)
    {
        RunUntil(() => task.IsCompleted);
        task.GetAwaiter().GetResult();
    }

    public T Run<T>(Task<T> task)
    {
        Run((Task)task);
        return task.GetAwaiter().GetResult();
    }

    public T Run<T>(ValueTask<T> task) => Run(task.AsTask());

    /// <summary>Runs until something that the pool may have a part in has come about.</summary>
    public void RunUntil(Func<bool> condition)
    {
        var waiting = new WaitingTime(Clock);
        while (!condition())
        {
            if (!Round())
                waiting.PassTime();
            Assert.False(waiting.IsOver, "it does not come about");
        }
    }

    /// <summary>Runs for a time of the virtual clock.</summary>
    public void RunFor(TimeSpan time)
    {
        long end = Clock.GetTimestamp() + time.Ticks;
        while (Clock.GetTimestamp() < end)
        {
            while (Round())
            {
                // Until all is quiet.
            }

            Clock.Advance(TimeSpan.FromMilliseconds(10));
        }
    }

    /// <summary>Runs a request that is refused.</summary>
    public EtcdError Refused<T>(Func<ValueTask<T>> request) => Assert.Throws<RefusalException>(() => Run(request())).Error;

    public PutResponse Put(string key, string value, long lease = 0) => Run(Member.Kv.Put(PutRequest(key, value, lease), Call));

    public string? Get(string key)
    {
        RangeResponse response = Range(new RangeRequest { Key = ByteString.CopyFromUtf8(key) });
        return response.Kvs.Count == 0 ? null : response.Kvs[0].Value.ToStringUtf8();
    }

    public RangeResponse Range(RangeRequest request)
    {
        using RangeResult result = Run(Member.Kv.Range(request, Call));
        return result.ToResponse();
    }

    public DeleteRangeResponse Delete(string key) =>
        Run(Member.Kv.DeleteRange(new DeleteRangeRequest { Key = ByteString.CopyFromUtf8(key) }, Call));

    public static PutRequest PutRequest(string key, string value, long lease = 0) =>
        new() { Key = ByteString.CopyFromUtf8(key), Value = ByteString.CopyFromUtf8(value), Lease = lease };

    /// <summary>Stops the member as an operator would.</summary>
    public void Dispose() => Member.StopAsync().GetAwaiter().GetResult();
}
