using Tenet.Raft.Membership;
using Tenet.Raft.Wire;

namespace Tenet.Raft.Roles;

/// <summary>
/// Keeps configuration changes from overlapping (contract/consensus.md, 1.11.1): until one is applied, the next is refused. The proposer is
/// not told, because a refused change becomes an empty entry.
/// </summary>
internal sealed class ConfChangeGuard(RaftCore core)
{
    /// <summary>No configuration change after this index has been taken in. An upper bound: there need not be one at the index.</summary>
    public ulong PendingIndex { get; set; }

    /// <summary>Whether any of the entries is a configuration change.</summary>
    public static bool Concerns(ReadOnlySpan<Entry> entries)
    {
        foreach (ref readonly Entry entry in entries)
        {
            if (entry.Type is EntryType.ConfChange or EntryType.ConfChangeV2)
                return true;
        }
        return false;
    }

    /// <summary>Replaces what is refused among entries that go behind the last one; false if one of them cannot be read.</summary>
    public bool Review(Span<Entry> entries)
    {
        for (int i = 0; i < entries.Length; i++)
        {
            if (entries[i].Type is not (EntryType.ConfChange or EntryType.ConfChangeV2))
                continue;
            if (Read(entries[i]) is not { } change)
                return false;
            string? refusal = core.Options.DisableConfChangeValidation ? null : Refusal(change);
            if (refusal is null)
            {
                PendingIndex = core.Log.LastIndex + (ulong)i + 1;
                continue;
            }
            core.Info($"{core.Id:x} ignoring conf change {ConfChangeText.Describe(change)} at config {core.Config}: {refusal}");
            entries[i] = new Entry(0, 0, EntryType.Normal, default) { Explicit = EntryFields.Type };
        }
        return true;
    }

    private string? Refusal(ConfChangeV2 change)
    {
        bool leaves = change.Changes.Count == 0;
        if (PendingIndex > core.Log.Applied)
            return $"possible unapplied conf change at index {PendingIndex} (applied to {core.Log.Applied})";
        if (core.Config.Voters.IsJoint && !leaves)
            return "must transition out of joint config first";
        return !core.Config.Voters.IsJoint && leaves ? "not in joint state; refusing empty conf change" : null;
    }

    // Proposals of peers come as they are; one that cannot be read must not get into the log, where every member would fail on it.
    private static ConfChangeV2? Read(in Entry entry)
    {
        try
        {
            return entry.Type == EntryType.ConfChange
                ? RaftCodec.ReadConfChange(entry.Data).ToV2()
                : RaftCodec.ReadConfChangeV2(entry.Data);
        }
        catch (RaftWireException)
        {
            return null;
        }
    }
}
