using Tenet.Simulation.Checking;

namespace Tenet.Simulation.Tests.Checking;

/// <summary>
/// The definition of linearizability, tried out: is there an order of the operations that respects real time, in which each gets its
/// answer from a store that runs them one by one, and which makes the very revisions that the history says there are? Wing and Gong's search.
/// </summary>
internal static class BruteForce
{
    public static bool Explains(IReadOnlyList<Operation> operations, KvModel history) =>
        Search(operations, new bool[operations.Count], new KvModel(), history);

    private static bool Search(IReadOnlyList<Operation> operations, bool[] done, KvModel store, KvModel history)
    {
        long firstEnd = long.MaxValue;
        bool open = false;
        for (int i = 0; i < operations.Count; i++)
        {
            if (done[i])
                continue;
            firstEnd = Math.Min(firstEnd, operations[i].Completed);
            open |= operations[i].Outcome == OperationOutcome.Answered;
        }

        if (!open && store.Revision == history.Revision)
            return true;
        for (int i = 0; i < operations.Count; i++)
        {
            if (done[i] || operations[i].Invoked > firstEnd || TryRun(operations[i], store, history) is not { } next)
                continue;
            done[i] = true;
            if (Search(operations, done, next, history))
                return true;
            done[i] = false;
        }

        return false;
    }

    private static KvModel? TryRun(Operation operation, KvModel store, KvModel history)
    {
        Execution execution = ModelExecution.Run(store, operation.Request, store.Revision);
        KvModel next = store;
        if (execution.Changes.Count > 0)
        {
            if (store.Revision >= history.Revision || !execution.Changes.SequenceEqual(history.ChangesAt(store.Revision + 1)))
                return null;
            next = Copy(history, store.Revision + 1);
        }

        if (operation.Outcome != OperationOutcome.Answered)
            return next;
        bool same = Answers.Revision(operation.Response!) == next.Revision
            && Answers.Comparable(operation.Request, operation.Response!).Equals(execution.Response);
        return same ? next : null;
    }

    private static KvModel Copy(KvModel history, long revision)
    {
        var copy = new KvModel();
        for (long r = 2; r <= revision; r++)
            copy.Append(history.ChangesAt(r));
        return copy;
    }
}
