using Google.Protobuf;
using Tenet.Foundation;
using Tenet.Foundation.Files;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Raft;
using Tenet.Raft.Wire;
using Tenet.Server.Maintenance;
using Tenet.State.Members;
using Tenet.Utl.Output;
using Tenet.Utl.Wal;
using Tenet.Wal;
using Tenet.Wal.Reading;

namespace Tenet.Utl.Doctor;

/// <summary>
/// The write-ahead log: names and numbers of the segments, the chain of checksums, what records follow each other, a torn end. After damage reading goes on with the next
/// segment, so that all of it is found at once.
/// </summary>
internal sealed class LogExamination(IFileSystem files, DataDirectory directory, Findings findings, IProgressLine progress, bool isInUse)
{
    private const string Check = "log";
    private const int RecordsPerReport = 4096;
    private const string RestoreMember =
        "Keep a copy of the directory. In a cluster, remove this member and add it anew with an empty directory; a member that is alone is restored from a snapshot.";

    private static readonly Version Unmarked = new(3, 5, 0);

    private static readonly HashSet<string> WrittenByClients = ["put", "delete_range", "range", "txn", "compaction", "lease_grant", "lease_revoke", EntryKind.Empty];

    private readonly LogFacts _facts = new();
    private long _records;
    private byte[]? _metadata;
    private bool _mayHaveGap = true;

    /// <summary>Reads the whole log.</summary>
    public LogFacts Run()
    {
        CheckNames();
        IReadOnlyList<WalSegment> segments = WalSegment.Of(files, directory.Wal);
        _facts.Segments = segments.Count;
        for (int from = 0; from < segments.Count;)
        {
            int end = from + 1;
            while (end < segments.Count && segments[end].Sequence == segments[end - 1].Sequence + 1)
                end++;
            Read(segments, from, end);
            from = end;
            if (from < segments.Count)
                ReportGap(segments[from - 1], segments[from]);
        }

        CheckEnds(segments);
        return _facts;
    }

    private void CheckNames()
    {
        foreach (string name in files.List(directory.Wal))
        {
            string path = Path.Combine(directory.Wal, name);
            if (name.EndsWith(".wal.broken", StringComparison.Ordinal))
                findings.Notice(Check, path, "a segment as it was before its torn end was cut off", "It may be deleted once nobody wants to look at it.");
            else if (name.EndsWith(".wal", StringComparison.Ordinal) ? WalSegment.Of(files, directory.Wal).All(segment => segment.Path != path) : !name.EndsWith(".tmp", StringComparison.Ordinal))
                findings.Notice(Check, path, "a file that no member reads", "It may be moved away.");
        }
    }

    private void ReportGap(WalSegment before, WalSegment after)
    {
        _facts.IsWhole = false;
        _mayHaveGap = true;
        findings.Error(Check, after.Path, $"segment {before.Sequence + 1:x16} is missing before it", $"Put the missing file back if it was moved away. Otherwise: {RestoreMember}", 0);
    }

    /// <summary>Reads segments whose numbers follow each other.</summary>
    private void Read(IReadOnlyList<WalSegment> segments, int from, int end)
    {
        while (from < end)
        {
            using WalReader reader = WalReader.Open(files, [.. segments.Skip(from).Take(end - from)]);
            try
            {
                while (reader.Next(out WalRecord record))
                {
                    Take(record);
                    if (++_records % RecordsPerReport == 0)
                        progress.Report("log", IndexOf(segments, record.Path), segments.Count);
                }
            }
            catch (CorruptionException damage)
            {
                _facts.IsWhole = false;
                if (!isInUse || Persists(damage, segments[IndexOf(segments, reader.Path)]))
                    findings.Error(Check, damage, RestoreMember);
            }

            if (reader.IsTorn)
                ReportTorn(reader, isLast: reader.IsLastSegment && end == segments.Count);

            // The next one's chain begins with itself; whether it fits to what was lost nobody can tell.
            from = IndexOf(segments, reader.Path) + 1;
            _mayHaveGap |= from < end;
        }
    }

    /// <summary>A record that was being written looks damaged, and no longer does when it is read again.</summary>
    private bool Persists(CorruptionException damage, WalSegment segment)
    {
        using WalReader again = WalReader.Open(files, [segment]);
        try
        {
            while (again.Next(out _))
            {
                // To the end, or to the same place.
            }

            return false;
        }
        catch (CorruptionException same)
        {
            return same.Offset == damage.Offset;
        }
    }

    private static int IndexOf(IReadOnlyList<WalSegment> segments, string path)
    {
        int index = 0;
        while (segments[index].Path != path)
            index++;
        return index;
    }

    private void ReportTorn(WalReader reader, bool isLast)
    {
        if (isLast && isInUse)
            return;
        if (isLast)
        {
            findings.Notice(
                Check,
                reader.Path,
                $"the last record is torn: {reader.TornBecause}",
                "This is what a power cut leaves. The next start cuts it off and keeps the segment as .broken; nothing that was acknowledged is in it.",
                reader.Offset);
            return;
        }

        _facts.IsWhole = false;
        findings.Error(Check, reader.Path, $"a record is torn in a segment that others follow: {reader.TornBecause}", RestoreMember, reader.Offset);
    }

    private void Take(in WalRecord record)
    {
        switch (record.Kind)
        {
            case WalRecordKind.Metadata:
                TakeMetadata(record);
                break;
            case WalRecordKind.Entry:
                TakeEntry(record, record.ReadEntry());
                break;
            case WalRecordKind.State:
                TakeState(record, record.ReadHardState());
                break;
            case WalRecordKind.Snapshot:
                TakeSnapshot(record.ReadSnapshot());
                break;
        }
    }

    private void TakeMetadata(in WalRecord record)
    {
        if (_metadata is null)
        {
            _metadata = record.Data.ToArray();
            try
            {
                _facts.Identity = Metadata.Parser.ParseFrom(_metadata);
            }
            catch (InvalidProtocolBufferException)
            {
                findings.Error(Check, record.Path, "the metadata does not say which member of which cluster this is", RestoreMember, record.Offset);
            }
        }
        else if (!record.Data.Span.SequenceEqual(_metadata))
        {
            findings.Error(
                Check,
                record.Path,
                $"metadata {Convert.ToHexStringLower(record.Data.Span)} where earlier segments have {Convert.ToHexStringLower(_metadata)}",
                $"Segments of two members are mixed: put each where it belongs. {RestoreMember}",
                record.Offset);
        }
    }

    private void TakeEntry(in WalRecord record, in Entry entry)
    {
        if (_facts.Terms.Last > 0 && entry.Index > _facts.LastIndex + 1)
        {
            if (!_mayHaveGap)
                findings.Error(Check, record.Path, $"entry {entry.Index} follows entry {_facts.LastIndex}", RestoreMember, record.Offset);
            _facts.IsWhole = false;
            _facts.Terms.Clear();
        }
        else if (_facts.Terms.Last > 0)
        {
            CheckTerm(record, entry);
        }

        _mayHaveGap = false;
        ulong index = entry.Index;
        if (index <= _facts.Terms.Last)
        {
            _facts.MembershipEntries.RemoveAll(other => other.Index >= index);
            _facts.NewerEntries.RemoveAll(other => other.Index >= index);
        }

        _facts.Terms.Put(index, entry.Term);
        TakeContent(record, entry);
    }

    private void CheckTerm(in WalRecord record, in Entry entry)
    {
        if (entry.Index <= _facts.HardState.Commit && _facts.Terms.At(entry.Index) is { } committed && committed != entry.Term)
        {
            findings.Error(Check, record.Path, $"entry {entry.Index} of term {entry.Term} replaces a committed one of term {committed}", RestoreMember, record.Offset);
        }
        else if (_facts.Terms.At(entry.Index - 1) is { } before && entry.Term < before)
        {
            findings.Error(Check, record.Path, $"entry {entry.Index} is of term {entry.Term}, the one before it of term {before}", RestoreMember, record.Offset);
        }
    }

    private void TakeContent(in WalRecord record, in Entry entry)
    {
        InternalRaftRequest? request = EntryKind.RequestOf(entry, out string? problem);
        problem ??= ChangeProblem(entry);
        if (problem is not null)
            findings.Warning(Check, record.Path, problem, "A member of this version stops if it has to apply the entry. Start it with the version that wrote it.", record.Offset);
        else if (entry.Type != EntryType.Normal || request?.ClusterMemberAttrSet is not null)
            _facts.MembershipEntries.Add(entry with { Data = entry.Data.ToArray() });

        // What clients write is as old as the oldest version; only what members say to each other has changed since.
        string kind = EntryKind.Of(entry, request, problem);
        if (problem is null && !WrittenByClients.Contains(kind) && EntryVersions.NeededFor([entry]) is { } needed && needed > Unmarked)
            _facts.NewerEntries.Add((entry.Index, kind, needed));
    }

    /// <summary>Why a change of the membership cannot be read, if it cannot.</summary>
    private static string? ChangeProblem(in Entry entry)
    {
        try
        {
            switch (entry.Type)
            {
                case EntryType.ConfChange:
                    ConfChange change = RaftCodec.ReadConfChange(entry.Data);
                    if (change.Type is ConfChangeType.AddNode or ConfChangeType.AddLearnerNode or ConfChangeType.UpdateNode)
                        MemberJson.ReadContext(change.Context, $"entry {entry.Index}");
                    return null;
                case EntryType.ConfChangeV2:
                    RaftCodec.ReadConfChangeV2(entry.Data);
                    return null;
                default:
                    return null;
            }
        }
        catch (Exception malformed) when (malformed is RaftWireException or CorruptionException)
        {
            return $"entry {entry.Index} changes the membership in a way that cannot be read: {malformed.Message}";
        }
    }

    private void TakeState(in WalRecord record, HardState state)
    {
        HardState before = _facts.HardState;
        if (state.Term < before.Term)
            findings.Error(Check, record.Path, $"term {state.Term} is recorded after term {before.Term}", RestoreMember, record.Offset);
        if (state.Commit < before.Commit)
            findings.Warning(Check, record.Path, $"commit index {state.Commit} is recorded after {before.Commit}", "Start the member only together with the others of its cluster.", record.Offset);
        _facts.HardState = state;
    }

    private void TakeSnapshot(WalSnapshot snapshot)
    {
        _facts.Snapshots.Add(snapshot);

        // What a leader has sent replaces the log up to it.
        if (snapshot.Index > _facts.Terms.Last)
        {
            _facts.Terms.Clear();
            _mayHaveGap = true;
        }
    }

    private void CheckEnds(IReadOnlyList<WalSegment> segments)
    {
        ulong commit = _facts.HardState.Commit;
        WalSnapshot[] committed = [.. _facts.Snapshots.Where(snapshot => snapshot.Index <= commit)];
        if (committed.Length > 0)
            _facts.Start = committed[^1];
        if (_facts.Snapshots.Count > 0 && _facts.Snapshots[^1].Index > commit && !isInUse)
        {
            findings.Notice(
                Check, segments[^1].Path, $"the last snapshot record, of index {_facts.Snapshots[^1].Index}, is not known to be committed", "The start goes back to the one before. Nothing to do.");
        }

        if (segments[0].FirstIndex > _facts.Start.Index)
        {
            findings.Error(
                Check, segments[0].Path, $"the log begins with entry {segments[0].FirstIndex}, after the snapshot of index {_facts.Start.Index}", $"Put the earlier segments back. Otherwise: {RestoreMember}", 0);
        }

        if (_facts.IsWhole && commit > _facts.LastIndex)
        {
            findings.Error(
                Check,
                segments[^1].Path,
                $"entries up to {commit} were committed, but the log ends with {_facts.LastIndex}: acknowledged entries are lost",
                RestoreMember);
        }
    }
}
