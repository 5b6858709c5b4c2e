using System.Text;
using Tenet.Foundation;
using Tenet.Protocol.Errors;
using Tenet.State.Backends;
using Tenet.State.Members;
using Tenet.State.Tests.Apply;

namespace Tenet.State.Tests.Members;

/// <summary>Configuration changes: which are refused, and what the others leave (contract/consensus.md, 6.6).</summary>
public sealed class MemberStoreTests : IDisposable
{
    private StateFixture _state = new();
    private ulong _index;

    public void Dispose() => _state.Dispose();

    [Fact]
    public void Changes_are_refused_as_etcd_refuses_them()
    {
        Assert.Null(Change(Changes.Add(1, "http://a")));
        Assert.Null(Change(Changes.Add(2, "http://b", "http://b2")));
        Assert.Null(Change(Changes.AddLearner(3, "http://c")));

        Assert.Equal(EtcdErrors.MemberExists, Change(Changes.Add(1, "http://x")));
        Assert.Equal(EtcdErrors.PeerUrlExists, Change(Changes.Add(4, "http://x", "http://b2")));
        Assert.Equal(EtcdErrors.TooManyLearners, Change(Changes.AddLearner(4, "http://d")));
        Assert.Equal(EtcdErrors.MemberNotLearner, Change(Changes.Promote(2)));
        Assert.Equal(EtcdErrors.MemberNotFound, Change(Changes.Promote(9)));
        Assert.Equal(EtcdErrors.MemberNotFound, Change(Changes.Remove(9)));
        Assert.Equal(EtcdErrors.MemberNotFound, Change(Changes.Update(9, "http://x")));
        Assert.Equal(EtcdErrors.PeerUrlExists, Change(Changes.Update(1, "http://c")));
        Assert.Null(Change(Changes.Update(1, "http://a")));

        Assert.Null(Change(Changes.Remove(2)));
        Assert.Equal(EtcdErrors.MemberNotFound, Change(Changes.Add(2, "http://b")));
        Assert.Equal(EtcdErrors.MemberNotFound, Change(Changes.Remove(2)));
        Assert.Null(Change(Changes.Promote(3)));
        Assert.Null(Change(Changes.AddLearner(4, "http://b")));
        Assert.Equal([1UL, 3UL], _state.Members.Current.Voters);
        Assert.Equal([4UL], _state.Members.Current.Learners);
        Assert.Equal(_index, _state.Backend.ConsistentIndex);
    }

    [Fact]
    public void What_changes_leave_is_stored_and_read_again()
    {
        Change(Changes.Add(0x2943212f5e2cf73, "http://a"));
        Change(Changes.AddLearner(0xb, "http://b"));
        Change(Changes.UpdateLearner(0xb, "http://b2"));
        Change(Changes.Add(0xc, "http://c"));
        Change(Changes.Remove(0xc));
        _state.Members.SetAttributes(0x2943212f5e2cf73, "a&b<c", ["http://client"], persist: true);
        Assert.Equal("""{"id":11,"peerURLs":["http://b2"],"isLearner":true}""", Stored(Bucket.Members, "b"));
        Assert.Null(Stored(Bucket.Members, "c"));
        Assert.Equal("removed", Stored(Bucket.MembersRemoved, "c"));
        Assert.Equal(
            """{"id":185828541645115251,"peerURLs":["http://a"],"name":"a\u0026b\u003cc","clientURLs":["http://client"]}""",
            Stored(Bucket.Members, "2943212f5e2cf73"));

        _state = _state.Reopen();
        ClusterView view = _state.Members.Current;
        Assert.Equal([0xbUL, 0x2943212f5e2cf73UL], view.Members.Select(static member => member.Id));
        Assert.Equal([0xcUL], view.Removed);
        Assert.Equal("a&b<c", view.Find(0x2943212f5e2cf73)!.Name);
        Assert.Equal(["http://b2"], view.Find(0xb)!.PeerUrls);
        Assert.Null(view.ClusterVersion);
    }

    [Fact]
    public void A_learner_that_is_updated_without_being_called_one_may_not_be_promoted_any_more_as_on_members_of_3_5()
    {
        Change(Changes.Add(1, "http://a"));
        Change(Changes.AddLearner(2, "http://b"));
        Change(Changes.UpdateLearner(2, "http://b2"));
        Assert.Equal([2UL], _state.Members.Current.Learners);
        Change(Changes.Update(2, "http://b3"));
        Assert.Equal(EtcdErrors.MemberNotLearner, Change(Changes.Promote(2)));
    }

    [Fact]
    public void A_change_that_is_stored_is_not_applied_again()
    {
        Change(Changes.Add(1, "http://a"));
        Change(Changes.Remove(1));
        Assert.Null(_state.Applier.ApplyChange(1, 1, Changes.Add(1, "http://a")));
        Assert.Empty(_state.Members.Current.Members);
    }

    [Fact]
    public void A_context_of_another_member_breaks_an_invariant()
    {
        MemberChange change = Changes.Add(1, "http://a") with { NodeId = 2 };
        Assert.Throws<InvariantException>(() => Change(change));
    }

    [Fact]
    public void The_configuration_is_stored_with_the_next_commit()
    {
        _state.Applier.ApplyChange(1, 1, Changes.Add(1, "http://a"));
        _state.Applier.RecordConfiguration([1], [], [], [], autoLeave: false);
        _state.Backend.CommitNow();
        Assert.Equal("""{"voters":[1],"auto_leave":false}""", Stored(Bucket.Meta, "confState"));
    }

    [Theory]
    [InlineData(Bucket.Members, "a", "{\"id\":11}")]
    [InlineData(Bucket.Members, "a", "nonsense")]
    [InlineData(Bucket.Members, "xyz", "{\"id\":11}")]
    [InlineData(Bucket.MembersRemoved, "xyz", "removed")]
    [InlineData(Bucket.Cluster, "clusterVersion", "three")]
    [InlineData(Bucket.Cluster, "downgrade", "{")]
    public void Damaged_records_are_refused_with_their_place(Bucket bucket, string key, string value)
    {
        _state.Backend.Put(bucket, Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(value));
        CorruptionException failure = Assert.Throws<CorruptionException>(() => new MemberStore(_state.Backend));
        Assert.Contains("of the db file", failure.File, StringComparison.Ordinal);
    }

    private EtcdError? Change(MemberChange change) => _state.Applier.ApplyChange(++_index, 1, change);

    private string? Stored(Bucket bucket, string key) =>
        _state.Stored(bucket, Encoding.UTF8.GetBytes(key)) is { } hex ? Encoding.UTF8.GetString(Convert.FromHexString(hex)) : null;
}
