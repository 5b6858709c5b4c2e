using System.Buffers.Binary;
using Google.Protobuf;
using Tenet.Foundation.Files.Simulation;
using Tenet.Foundation.Metrics;
using Tenet.Foundation.Randomness;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Server.Loops;
using Tenet.Server.Reads;
using Tenet.Server.Requests;
using Tenet.Server.Tests.Support;

namespace Tenet.Server.Tests;

public sealed class ReadTests
{
    private readonly VirtualClock _clock = new();
    private readonly EngineState _state = new();
    private readonly List<ulong> _asked = [];
    private readonly LinearizableReads _reads;

    public ReadTests()
    {
        var seams = new MemberSeams { Files = new SimFileSystem(), Random = new SeededRandom(1), Clock = _clock, CompleteOnPool = false };
        var registry = new MetricRegistry();
        _reads = new LinearizableReads(
            TestMember.Options,
            seams,
            _state,
            new RequestIdGenerator(1, _clock.GetUtcNow()),
            new ConsensusInbox(new WakeSignal()),
            registry.Counter("slow", ""),
            registry.Counter("failed", ""));
    }

    [Fact]
    public void Readers_that_come_together_share_a_round_and_later_ones_the_next()
    {
        Task first = Wait();
        Task second = Wait();
        Run();
        Assert.Single(_asked);
        Task third = Wait();
        Run();
        Assert.Single(_asked);
        Answer(_asked[0], index: 0);
        Completes(first);
        Completes(second);
        Assert.False(third.IsCompleted);
        Run();
        Answer(_asked[1], index: 0);
        Completes(third);
    }

    [Fact]
    public void A_reader_waits_until_its_index_is_applied()
    {
        Task read = Wait();
        Run();
        Answer(_asked[0], index: 7);
        _reads.OnApplied(6);
        Assert.False(read.IsCompleted);
        _reads.OnApplied(7);
        Completes(read);
    }

    [Fact]
    public void Without_an_answer_the_round_asks_again_and_takes_either_answer()
    {
        Task read = Wait();
        Run();
        _clock.Advance(TimeSpan.FromMilliseconds(501));
        Run();
        Assert.Equal(2, _asked.Distinct().Count());
        Answer(12345, index: 0);
        Assert.False(read.IsCompleted);
        Answer(_asked[0], index: 0);
        Completes(read);
    }

    [Fact]
    public void A_round_ends_with_the_request_timeout_or_the_stop_of_the_member()
    {
        Task read = Wait();
        Run();
        _clock.Advance(TestMember.Options.RequestTimeout + TimeSpan.FromMilliseconds(1));
        Run();
        Assert.Equal(EtcdErrors.Timeout, Refusal(read));
        read = Wait();
        _state.Stopping = true;
        _reads.Stop();
        Assert.Equal(EtcdErrors.Stopped, Refusal(read));
        Assert.Equal(EtcdErrors.Stopped, Refusal(Wait()));
    }

    [Fact]
    public void A_new_leader_is_asked_at_once()
    {
        Task read = Wait();
        Run();
        _reads.OnLeaderChanged(_clock.GetTimestamp(), Ask);
        Assert.Equal(2, _asked.Distinct().Count());
        Answer(_asked[1], index: 0);
        Completes(read);
    }

    [Fact]
    public void A_caller_may_give_up()
    {
        using var call = new CancellationTokenSource();
        Task read = _reads.WaitAsync(call.Token).AsTask();
        call.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => read.GetAwaiter().GetResult());
    }

    [Fact]
    public void A_member_that_leads_alone_reads_without_a_round_and_with_one_reads_the_same()
    {
        using TestMember member = TestMember.Started();
        member.Put("a", "1");
        EngineState state = member.Member.Engine.Core.State;
        Assert.True(state.LeadsAlone);
        Assert.True(member.Member.Kv.Range(new RangeRequest { Key = ByteString.CopyFromUtf8("a") }, member.Call).AsTask().IsCompleted);
        state.LeadsAlone = false;
        Assert.Equal("1", member.Get("a"));
    }

    [Fact]
    public void A_slow_put_is_traced_with_its_steps()
    {
        using TestMember member = TestMember.Started();
        Task<PutResponse> put = member.Member.Kv.Put(TestMember.PutRequest("a", "1"), member.Call).AsTask();
        member.Clock.Advance(TimeSpan.FromMilliseconds(250));
        member.Run(put);
        var line = Assert.Single(member.Log.Lines, line => line.Message.StartsWith("trace[", StringComparison.Ordinal));
        Assert.EndsWith("] put", line.Message, StringComparison.Ordinal);
        Assert.Equal(["detail", "duration", "start", "end", "steps", "step_count"], line.Fields.Select(field => field.Name));
        string step = Assert.Single((List<string>)line.Fields[4].Value!);
        Assert.Contains("'process raft request'", step, StringComparison.Ordinal);
        Assert.Contains("duration: 2", step, StringComparison.Ordinal);
    }

    private static void Completes(Task read) => Assert.True(read.Wait(TimeSpan.FromSeconds(20)));

    private static EtcdError Refusal(Task read) => Assert.Throws<RefusalException>(() => read.GetAwaiter().GetResult()).Error;

    private Task Wait()
    {
        // The test runner may have changed threads since the constructor; a reader goes on where its round is completed.
        SynchronizationContext.SetSynchronizationContext(null);
        return _reads.WaitAsync(CancellationToken.None).AsTask();
    }

    private void Run() => _reads.Run(_clock.GetTimestamp(), Ask);

    private void Ask(ReadOnlyMemory<byte> context) => _asked.Add(BinaryPrimitives.ReadUInt64BigEndian(context.Span));

    private void Answer(ulong id, ulong index)
    {
        byte[] context = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(context, id);
        _reads.OnReadState(index, context);
    }
}
