using Google.Protobuf;
using Tenet.Foundation.Randomness;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Simulation.Checking;

namespace Tenet.Simulation.Tests.Checking;

public sealed class LinearizabilityCheckerTests
{
    private static readonly ByteString Key = ByteString.CopyFromUtf8("k");
    private readonly History _history = new();
    private readonly KvModel _model = new();

    [Fact]
    public void Histories_of_a_store_that_keeps_its_promises_are_accepted()
    {
        for (ulong seed = 1; seed <= 2_000; seed++)
        {
            HistoryGenerator generated = new HistoryGenerator(new SeededRandom(seed)).Generate(12);
            Assert.True(LinearizabilityChecker.Check(generated.Operations, generated.Model) is null, $"seed {seed}");
        }
    }

    [Fact]
    public void The_verdict_is_that_of_a_search_through_all_orders()
    {
        int accepted = 0;
        int refused = 0;
        for (ulong seed = 1; seed <= 6_000; seed++)
        {
            HistoryGenerator generated = new HistoryGenerator(new SeededRandom(seed)).Generate(6);
            generated.Spoil();
            if (seed % 3 == 0)
                generated.Spoil();
            bool explained = BruteForce.Explains(generated.Operations, generated.Model);
            Violation? violation = LinearizabilityChecker.Check(generated.Operations, generated.Model);
            Assert.True(explained == violation is null, $"seed {seed}: the search says {explained}, the checker {violation}");
            accepted += explained ? 1 : 0;
            refused += explained ? 0 : 1;
        }

        // Both verdicts must have been at stake often.
        Assert.InRange(accepted, 1_000, 5_000);
        Assert.InRange(refused, 1_000, 5_000);
    }

    [Fact]
    public void An_acknowledged_write_that_is_nowhere_is_found()
    {
        Write("a");
        Answer(Invoke(Put("lost")), new PutResponse { Header = At(3) });
        AssertFound("lost");
    }

    [Fact]
    public void A_write_that_nobody_asked_for_twice_is_found()
    {
        Write("a");
        Append(Put("a"));
        AssertFound("nobody asked");
    }

    [Fact]
    public void A_call_of_unknown_outcome_explains_one_revision_and_not_two()
    {
        Invoke(Put("a"));
        Append(Put("a"));
        Assert.Null(LinearizabilityChecker.Check(_history.Operations, _model));
        Append(Put("a"));
        AssertFound("nobody asked");
    }

    [Fact]
    public void A_call_of_unknown_outcome_does_not_explain_what_was_seen_before_it_began()
    {
        Append(Put("a"));
        Answer(Invoke(new RangeRequest { Key = Key }), Read());
        Invoke(Put("a"));
        AssertFound("nobody asked");
    }

    [Fact]
    public void A_read_that_does_not_see_an_acknowledged_write_is_found()
    {
        RangeResponse before = Read();
        Write("a");
        Answer(Invoke(new RangeRequest { Key = Key }), before);
        AssertFound("does not see");
    }

    [Fact]
    public void A_serializable_read_may_be_old_but_not_go_back_on_one_member()
    {
        RangeResponse before = Read();
        Write("a");
        RangeResponse after = Read();
        var read = new RangeRequest { Key = Key, Serializable = true };
        Answer(Invoke(read, member: 2), before);
        Answer(Invoke(read, member: 3), after);
        Answer(Invoke(read, member: 3, life: 1), before);
        Assert.Null(LinearizabilityChecker.Check(_history.Operations, _model));
        Answer(Invoke(read, member: 3, life: 1), after);
        Answer(Invoke(read, member: 3, life: 1), before);
        AssertFound("does not see");
    }

    [Fact]
    public void What_a_serializable_read_has_seen_is_committed_for_all_later_reads()
    {
        RangeResponse before = Read();
        Invoke(Put("a"));
        Append(Put("a"));
        Answer(Invoke(new RangeRequest { Key = Key, Serializable = true }, member: 2), Read());
        Answer(Invoke(new RangeRequest { Key = Key }), before);
        AssertFound("does not see");
    }

    [Fact]
    public void The_end_of_a_lease_explains_the_deletion_of_exactly_its_keys()
    {
        PutRequest put = Put("a");
        put.Lease = 7;
        Answer(Invoke(put), new PutResponse { Header = At(2) });
        Append(put);
        Append(new DeleteRangeRequest { Key = Key });
        Assert.Null(LinearizabilityChecker.Check(_history.Operations, _model));
        Assert.NotNull(LinearizabilityChecker.Check(_history.Operations, _model, leasesEnd: false));
    }

    [Fact]
    public void A_compacted_revision_is_refused_only_after_somebody_compacted()
    {
        Write("a");
        Operation read = Invoke(new RangeRequest { Key = Key, Revision = 1 });
        read.Fail(EtcdErrors.Compacted, _history.Next());
        AssertFound("compaction");
    }

    [Fact]
    public void A_timed_out_call_is_of_unknown_outcome_and_a_refused_one_is_not()
    {
        Operation timedOut = Invoke(Put("a"));
        timedOut.Fail(EtcdErrors.Timeout, _history.Next());
        Assert.Equal(OperationOutcome.Unknown, timedOut.Outcome);
        Operation refused = Invoke(Put("b"));
        refused.Fail(EtcdErrors.LeaseNotFound, _history.Next());
        Append(Put("b"));
        AssertFound("nobody asked");
    }

    private static PutRequest Put(string value) => new() { Key = Key, Value = ByteString.CopyFromUtf8(value) };

    private static ResponseHeader At(long revision) => new() { Revision = revision };

    private Operation Invoke(IMessage request, ulong member = 1, int life = 0) => _history.Invoke(request, 0, member, life, default);

    private void Answer(Operation operation, IMessage response) => operation.Answer(response, _history.Next());

    private void Append(IMessage request) => Assert.Null(_model.Append(ModelExecution.Run(_model, request, _model.Revision).Changes));

    private void Write(string value)
    {
        Operation operation = Invoke(Put(value));
        Append(Put(value));
        Answer(operation, new PutResponse { Header = At(_model.Revision) });
    }

    private RangeResponse Read()
    {
        var response = (RangeResponse)ModelExecution.Run(_model, new RangeRequest { Key = Key }, _model.Revision).Response!;
        response.Header = At(_model.Revision);
        return response;
    }

    private void AssertFound(string words)
    {
        Violation? violation = LinearizabilityChecker.Check(_history.Operations, _model);
        Assert.NotNull(violation);
        Assert.Contains(words, violation.Message, StringComparison.Ordinal);
    }
}
