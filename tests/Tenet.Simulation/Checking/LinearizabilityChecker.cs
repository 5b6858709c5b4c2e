using Google.Protobuf;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Mvccpb;

namespace Tenet.Simulation.Checking;

/// <summary>
/// Whether what clients were told can be explained by one order of all operations that respects real time, with each operation answered by
/// the state at its place (contract/api.md, 2.2).
/// </summary>
/// <remarks>
/// <para>
/// In general that is a search over orders. Here it is none: every change has a revision and every answer says the revision that it saw,
/// so a write that produced revision r stands at place 2r and a read of the state of revision r at 2r + 1. What is left is to check that
/// order against real time and each answer against the model at its place.
/// </para>
/// <para>
/// Operations with an unknown outcome may stand anywhere after their invocation or nowhere. A revision that no answered operation
/// claims must be one of them, each of which is used once at most, or the end of a lease: a matching decides.
/// </para>
/// <para>Serializable reads may be old, but must be of a state that there was, and never go back on one member between two starts.</para>
/// </remarks>
internal sealed class LinearizabilityChecker
{
    private readonly IReadOnlyList<Operation> _operations;
    private readonly KvModel _model;
    private readonly bool _leasesEnd;
    private readonly Operation?[] _claims;
    private readonly List<Operation> _unclaimed = [];

    private LinearizabilityChecker(IReadOnlyList<Operation> operations, KvModel model, bool leasesEnd)
    {
        _operations = operations;
        _model = model;
        _leasesEnd = leasesEnd;
        _claims = new Operation?[model.Revision + 1];
    }

    /// <summary>Checks a history.</summary>
    /// <param name="operations">What clients did; any order. Requests that are not of the key space count for the revision that they saw.</param>
    /// <param name="model">Every revision that the cluster made, from its log or from a watcher of everything.</param>
    /// <param name="leasesEnd">Whether leases may have ended by themselves.</param>
    /// <returns>What cannot be explained; null if everything can.</returns>
    public static Violation? Check(IReadOnlyList<Operation> operations, KvModel model, bool leasesEnd = true)
    {
        var checker = new LinearizabilityChecker(operations, model, leasesEnd);
        string? problem = checker.CheckAnswers() ?? checker.CheckRealTime() ?? checker.CheckRefusals() ?? checker.CheckUnclaimed();
        return problem is null ? null : new Violation(CheckerNames.Linearizability, problem);
    }

    private string? CheckAnswers()
    {
        foreach (Operation operation in _operations)
        {
            string? problem = operation.Outcome switch
            {
                OperationOutcome.Answered => CheckAnswer(operation),
                OperationOutcome.Unknown when MayChange(operation.Request) => Keep(operation),
                _ => null,
            };
            if (problem is not null)
                return $"{problem}: {operation}";
        }

        return null;

        string? Keep(Operation operation)
        {
            _unclaimed.Add(operation);
            return null;
        }
    }

    private string? CheckAnswer(Operation operation)
    {
        long revision = Answers.Revision(operation.Response!);
        if (revision < 1)
            return "an answer without a revision";
        if (revision > _model.Revision)
            return $"the answer is of revision {revision}, but the last one of all is {_model.Revision}: an acknowledged write is lost";
        if (operation.Request is LeaseRevokeRequest)
            _unclaimed.Add(operation);
        if (operation.Request is not (RangeRequest or PutRequest or DeleteRangeRequest or TxnRequest))
            return null;

        bool wrote = Answers.Wrote(operation.Response!);
        if (wrote && revision < 2)
            return "a write that made no revision";
        Execution expected = ModelExecution.Run(_model, operation.Request, wrote ? revision - 1 : revision);
        if (expected.Response is null)
            return $"at its place it would be refused: {expected.Refusal!.Message}";
        if (!expected.Response.Equals(Answers.Comparable(operation.Request, operation.Response!)))
            return $"at its place it would be answered {expected.Response}";
        return wrote ? Claim(operation, revision, expected.Changes) : null;
    }

    private string? Claim(Operation operation, long revision, IReadOnlyList<Event> changes)
    {
        if (!changes.SequenceEqual(_model.ChangesAt(revision)))
            return $"revision {revision} holds something else: {Describe(_model.ChangesAt(revision))}";
        if (_claims[revision] is { } other)
            return $"revision {revision} was acknowledged twice, also to {other}";
        _claims[revision] = operation;
        return null;
    }

    /// <summary>Walks through time: whoever is invoked after an answer must see what that answer saw, and a write must come after it.</summary>
    private string? CheckRealTime()
    {
        var moments = new List<(long Order, Operation Operation)>(2 * _operations.Count);
        foreach (Operation operation in _operations)
        {
            if (operation.Outcome != OperationOutcome.Answered)
                continue;
            moments.Add((operation.Invoked, operation));
            moments.Add((operation.Completed, operation));
        }

        moments.Sort(static (x, y) => x.Order.CompareTo(y.Order));
        var floors = new Dictionary<Operation, (long Place, Operation? By)>();
        var seenByMember = new Dictionary<(ulong Member, int Life), (long Place, Operation? By)>();
        (long Place, Operation? By) seen = default;
        foreach ((long order, Operation operation) in moments)
        {
            long place = PlaceOf(operation);
            (ulong Member, int Life) member = (operation.Member, operation.Life);
            bool isLocal = Answers.IsLocal(operation.Request);
            if (order == operation.Invoked)
            {
                floors.Add(operation, isLocal ? seenByMember.GetValueOrDefault(member) : seen);
                continue;
            }

            (long floor, Operation? by) = floors[operation];
            if (place < floor)
                return $"{operation} began after the end of {by}, but does not see what that saw";
            if (place > seen.Place)
                seen = (place, operation);
            if (place > seenByMember.GetValueOrDefault(member).Place)
                seenByMember[member] = (place, operation);
        }

        return null;
    }

    /// <summary>
    /// Twice the revision, and one more for what only saw it. The end of a lease counts as having seen it: whether it also made it is
    /// found when the revisions nobody claims are matched.
    /// </summary>
    private static long PlaceOf(Operation operation)
    {
        long revision = Answers.Revision(operation.Response!);
        return Answers.Wrote(operation.Response!) ? 2 * revision : 2 * revision + 1;
    }

    /// <summary>Compacted and future revisions are refused only if they are; compacted ones are no more answered once that was acknowledged.</summary>
    private string? CheckRefusals()
    {
        foreach (Operation operation in _operations)
        {
            if (operation.Request is not RangeRequest { Revision: > 0 } range)
                continue;
            bool compacted = operation.Outcome == OperationOutcome.Refused && operation.Refusal!.Message == EtcdErrors.Compacted.Message;
            if (compacted && !_operations.Any(other => Compacts(other, range.Revision) && other.Invoked < operation.Completed))
                return $"nobody has asked for a compaction so far: {operation}";
            if (operation.Outcome == OperationOutcome.Answered && !range.Serializable
                && _operations.FirstOrDefault(other => Compacts(other, range.Revision) && other.Outcome == OperationOutcome.Answered
                    && other.Completed < operation.Invoked) is { } compaction)
            {
                return $"{operation} reads what {compaction} has compacted";
            }

            bool future = operation.Outcome == OperationOutcome.Refused && operation.Refusal!.Message == EtcdErrors.FutureRevision.Message;
            if (future && !range.Serializable && _operations.FirstOrDefault(other => other.Outcome == OperationOutcome.Answered
                && other.Completed < operation.Invoked && Answers.Revision(other.Response!) >= range.Revision) is { } witness)
            {
                return $"{operation} calls a revision future that {witness} has seen before";
            }
        }

        return null;
    }

    private static bool Compacts(Operation operation, long revision) =>
        operation.Request is CompactionRequest compaction && compaction.Revision > revision;

    private string? CheckUnclaimed()
    {
        long[] deadlines = Deadlines();
        var matching = new Matching(_unclaimed.Count);
        for (long revision = 2; revision <= _model.Revision; revision++)
        {
            if (_claims[revision] is not null || (_leasesEnd && EndsLease(revision)))
                continue;
            List<int> candidates = [];
            for (int i = 0; i < _unclaimed.Count; i++)
            {
                if (_unclaimed[i].Invoked < deadlines[revision] && Explains(_unclaimed[i], revision))
                    candidates.Add(i);
            }

            if (!matching.TryAdd(candidates))
                return $"nobody asked for revision {revision}, or not that often, or only later: {Describe(_model.ChangesAt(revision))}";
        }

        return null;
    }

    /// <summary>For each revision the first answer that has seen it or a later one: what made it was invoked before that.</summary>
    private long[] Deadlines()
    {
        var deadlines = new long[_model.Revision + 2];
        Array.Fill(deadlines, long.MaxValue);
        foreach (Operation operation in _operations)
        {
            if (operation.Outcome != OperationOutcome.Answered)
                continue;
            long revision = Answers.Revision(operation.Response!);
            deadlines[revision] = Math.Min(deadlines[revision], operation.Completed);
        }

        for (long revision = _model.Revision - 1; revision > 0; revision--)
            deadlines[revision] = Math.Min(deadlines[revision], deadlines[revision + 1]);
        return deadlines;
    }

    private bool Explains(Operation operation, long revision)
    {
        if (operation.Request is LeaseRevokeRequest revoke)
        {
            bool isItsPlace = operation.Outcome == OperationOutcome.Unknown || Answers.Revision(operation.Response!) == revision;
            return isItsPlace && EndsLease(revision, revoke.ID);
        }

        Execution execution = ModelExecution.Run(_model, operation.Request, revision - 1);
        return execution.Changes.SequenceEqual(_model.ChangesAt(revision));
    }

    private bool EndsLease(long revision)
    {
        Event first = _model.ChangesAt(revision)[0];
        long lease = _model.Find(first.Kv.Key, revision - 1)?.Lease ?? 0;
        return lease != 0 && EndsLease(revision, lease);
    }

    /// <summary>Whether a revision deletes exactly the keys that hung on a lease.</summary>
    private bool EndsLease(long revision, long lease)
    {
        IReadOnlyList<Event> changes = _model.ChangesAt(revision);
        if (changes.Any(static change => change.Type != Event.Types.EventType.Delete))
            return false;
        IEnumerable<ByteString> attached = _model.Keys.Where(key => _model.Find(key, revision - 1)?.Lease == lease);
        return attached.SequenceEqual(changes.Select(static change => change.Kv.Key).Order(KvModel.KeyOrder));
    }

    private static bool MayChange(IMessage request) => request is PutRequest or DeleteRangeRequest or TxnRequest or LeaseRevokeRequest;

    private static string Describe(IReadOnlyList<Event> changes) => string.Join(", ", changes);
}
