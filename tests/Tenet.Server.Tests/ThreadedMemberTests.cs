using Google.Protobuf;
using Tenet.Foundation.Files;
using Tenet.Foundation.Randomness;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Server.Tests.Support;
using Tenet.State.Mvcc;

namespace Tenet.Server.Tests;

public sealed class ThreadedMemberTests : IDisposable
{
    private readonly string _directory = Path.Combine(Path.GetTempPath(), $"tenet-server-{Environment.ProcessId}-{Guid.NewGuid():n}");

    public void Dispose()
    {
        if (Directory.Exists(_directory))
            Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Many_callers_on_a_real_disk_get_one_order_and_a_restart_finds_it()
    {
        using var call = new TestCall();
        await using (Member member = await Started())
        {
            await Task.WhenAll(Enumerable.Range(0, 32).Select(caller => Task.Run(async () =>
            {
                for (int i = 0; i < 50; i++)
                {
                    PutResponse put = await member.Kv.Put(TestMember.PutRequest($"c{caller}", $"{i}"), call);
                    using RangeResult read = await member.Kv.Range(new RangeRequest { Key = ByteString.CopyFromUtf8($"c{caller}") }, call);
                    RangeResponse response = read.ToResponse();
                    Assert.Equal($"{i}", response.Kvs[0].Value.ToStringUtf8());
                    Assert.Equal(put.Header.Revision, response.Kvs[0].ModRevision);
                }
            })));
            Assert.False(member.Failure.IsCompleted);
        }

        await using Member again = await Started();
        using RangeResult all = await again.Kv.Range(new RangeRequest { Key = ByteString.CopyFromUtf8("c"), RangeEnd = ByteString.CopyFromUtf8("d") }, call);
        RangeResponse found = all.ToResponse();
        Assert.Equal(32, found.Count);
        Assert.Equal(1 + 32 * 50, found.Header.Revision);
        Assert.All(found.Kvs, pair => Assert.Equal("49", pair.Value.ToStringUtf8()));
        Assert.Null(await again.ProbeReadAsync(serializable: false, CancellationToken.None));
    }

    [Fact]
    public async Task A_turn_that_fails_stops_the_member_with_one_line_and_refuses_who_waits()
    {
        await using Member member = await Started();
        using var call = new TestCall();
        await member.Kv.Put(TestMember.PutRequest("a", "1"), call);

        // Entries are missing between what was applied and the next one: the apply loop finds the log contradicting itself.
        member.Engine.Core.State.AppliedIndex -= 3;
        await Assert.ThrowsAnyAsync<Exception>(async () => await member.Kv.Put(TestMember.PutRequest("a", "2"), call));
        string line = await member.Failure.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.StartsWith("the member stops: it contradicts itself", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_member_that_gets_company_while_it_works_parts_its_threads_and_loses_nothing()
    {
        using var call = new TestCall();
        var learner = new State.Members.ClusterMember(7, ["http://127.0.0.1:1"], true, "", []);
        await using (Member member = await Started())
        {
            Task writing = Write(member, call, 0, 100);
            Requests.RequestResult added = await member.Engine.Core.Requests.SubmitChangeAsync(
                new Raft.ConfChange(null, Raft.ConfChangeType.AddLearnerNode, 7, State.Members.MemberJson.Write(learner)), null);
            Assert.Null(added.Error);
            await writing;
            Assert.False(member.Engine.Core.State.LeadsAlone);
            await Write(member, call, 100, 200);
            Assert.False(member.Failure.IsCompleted);
        }

        await using Member again = await Started();
        await Write(again, call, 200, 220);
        using RangeResult all = await again.Kv.Range(
            new RangeRequest { Key = ByteString.CopyFromUtf8("k"), RangeEnd = ByteString.CopyFromUtf8("l"), CountOnly = true }, call);
        Assert.Equal(220, all.ToResponse().Count);
    }

    private static async Task Write(Member member, TestCall call, int from, int to)
    {
        for (int i = from; i < to; i++)
            await member.Kv.Put(TestMember.PutRequest($"k{i}", $"{i}"), call);
    }

    private async Task<Member> Started()
    {
        Member member = await Member.StartAsync(
            TestMember.Options with { DataDirectory = _directory },
            new MemberSeams { Files = OsFileSystem.Instance, Random = new SeededRandom(3) });
        await member.Ready.WaitAsync(TimeSpan.FromSeconds(20));
        return member;
    }
}
