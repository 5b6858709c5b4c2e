namespace Tenet.Raft;

/// <summary>The membership as it is stored in snapshots. Immutable. In a joint configuration the outgoing voters are listed too.</summary>
public sealed class ConfState : IEquatable<ConfState>
{
    /// <summary>A configuration without any member.</summary>
    public static ConfState Empty { get; } = new([]);

    /// <summary>Makes a configuration; the lists are kept, not copied.</summary>
    public ConfState(
        IReadOnlyList<ulong> voters,
        IReadOnlyList<ulong>? learners = null,
        IReadOnlyList<ulong>? votersOutgoing = null,
        IReadOnlyList<ulong>? learnersNext = null,
        bool autoLeave = false)
    {
        Voters = voters;
        Learners = learners ?? [];
        VotersOutgoing = votersOutgoing ?? [];
        LearnersNext = learnersNext ?? [];
        AutoLeave = autoLeave;
    }

    /// <summary>The voters, or in a joint configuration the incoming ones.</summary>
    public IReadOnlyList<ulong> Voters { get; }

    /// <summary>Members that receive the log without a vote.</summary>
    public IReadOnlyList<ulong> Learners { get; }

    /// <summary>The voters of the configuration being left; empty unless joint.</summary>
    public IReadOnlyList<ulong> VotersOutgoing { get; }

    /// <summary>Voters of the outgoing configuration that become learners when it is left.</summary>
    public IReadOnlyList<ulong> LearnersNext { get; }

    /// <summary>Whether the joint configuration is left by itself as soon as it has been applied.</summary>
    public bool AutoLeave { get; }

    /// <summary>Whether <see cref="AutoLeave"/> is on the wire; false only for states read from a form that leaves it out.</summary>
    public bool HasAutoLeave { get; init; } = true;

    /// <summary>The configuration after one simple change; that of nobody (id 0) changes nothing. Not for joint configurations.</summary>
    public ConfState After(ConfChangeType type, ulong id)
    {
        if (id == 0 || type == ConfChangeType.UpdateNode)
            return this;
        IEnumerable<ulong> voters = Voters.Where(voter => voter != id);
        IEnumerable<ulong> learners = Learners.Where(learner => learner != id);
        return new ConfState(
            [.. type == ConfChangeType.AddNode ? voters.Append(id).Order() : voters],
            [.. type == ConfChangeType.AddLearnerNode ? learners.Append(id).Order() : learners]);
    }

    /// <summary>The same members in the same roles, whatever their order.</summary>
    public bool Equals(ConfState? other) =>
        other is not null
        && SameMembers(Voters, other.Voters)
        && SameMembers(Learners, other.Learners)
        && SameMembers(VotersOutgoing, other.VotersOutgoing)
        && SameMembers(LearnersNext, other.LearnersNext)
        && AutoLeave == other.AutoLeave;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ConfState);

    /// <inheritdoc/>
    public override int GetHashCode() => (Voters.Count, Learners.Count, VotersOutgoing.Count, LearnersNext.Count).GetHashCode();

    /// <inheritdoc/>
    public override string ToString() =>
        $"Voters:{List(Voters)} VotersOutgoing:{List(VotersOutgoing)} Learners:{List(Learners)} LearnersNext:{List(LearnersNext)} "
        + $"AutoLeave:{(AutoLeave ? "true" : "false")}";

    private static string List(IReadOnlyList<ulong> ids) => $"[{string.Join(' ', ids)}]";

    private static bool SameMembers(IReadOnlyList<ulong> left, IReadOnlyList<ulong> right) =>
        left.Count == right.Count && Sorted(left).AsSpan().SequenceEqual(Sorted(right));

    private static ulong[] Sorted(IReadOnlyList<ulong> ids)
    {
        ulong[] sorted = [.. ids];
        Array.Sort(sorted);
        return sorted;
    }
}
