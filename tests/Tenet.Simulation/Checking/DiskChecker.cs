using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Google.Protobuf;
using Tenet.Bolt;
using Tenet.Foundation;
using Tenet.Foundation.Files;
using Tenet.Protocol.Mvccpb;
using Tenet.Server;
using Tenet.Wal;

namespace Tenet.Simulation.Checking;

/// <summary>
/// What a crash leaves on a disk, before anybody opens it: a sound db file whose content is exactly the state after the entry that it
/// names, and a log that can be read up to its end.
/// </summary>
internal sealed class DiskChecker(ReferenceState reference)
{
    /// <summary>Checks one member's disk. Opens files of it, so it should be a copy.</summary>
    public void Check(ulong member, IFileSystem files, MemberOptions options)
    {
        try
        {
            if (WriteAheadLog.Exists(files, options.EffectiveWalDirectory))
                CheckLog(files, options.EffectiveWalDirectory);
            if (files.FileExists(options.BackendPath))
                CheckBackend(member, files, options.BackendPath);
        }
        catch (Exception failure) when (failure is CorruptionException or InvalidProtocolBufferException)
        {
            Fail(member, failure.Message);
        }
    }

    private static void CheckLog(IFileSystem files, string directory)
    {
        IReadOnlyList<WalSnapshot> snapshots = WriteAheadLog.ValidSnapshots(files, directory);
        WriteAheadLog.Verify(files, directory, snapshots[^1]);
    }

    private void CheckBackend(ulong member, IFileSystem files, string path)
    {
        using BoltDatabase database = BoltDatabase.Open(files, path, new BoltOptions { ReadOnly = true });
        using BoltReadTransaction read = database.BeginRead();
        BoltCheckReport report = read.Check();
        if (!report.IsSound)
            Fail(member, $"the db file is damaged: {report}");
        if (read.Bucket("meta"u8) is not { } meta || !meta.TryGet("consistent_index"u8, out ReadOnlySpan<byte> bytes) || bytes.Length != sizeof(ulong))
            return;
        ulong index = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        if (index > reference.Index)
            Fail(member, $"the db file says that entry {index} is applied, the last one applied by anybody is {reference.Index}");
        long compacting = meta.TryGet("scheduledCompactRev"u8, out ReadOnlySpan<byte> scheduled) ? StoredRecord.MainRevision(scheduled) : 0;
        CheckKeys(member, read, index, compacting);
        CheckLeases(member, read, index);
    }

    private void CheckKeys(ulong member, BoltReadTransaction read, ulong index, long compacting)
    {
        KvModel model = reference.Keys;
        long revision = reference.RevisionAt(index);
        var newest = new SortedDictionary<ByteString, KeyValue>(KvModel.KeyOrder);
        var found = new Dictionary<long, List<Event>>();
        if (read.Bucket("key"u8) is { } keys)
        {
            BoltCursor cursor = keys.Cursor();
            for (bool any = cursor.First(); any; any = cursor.Next())
            {
                Event change = StoredRecord.Read(cursor.Key, cursor.Value);
                long main = StoredRecord.MainRevision(cursor.Key);
                if (main > revision)
                    Fail(member, $"the db file holds {change} of revision {main}, but its entry {index} ends at revision {revision}");
                if (change.Type == Event.Types.EventType.Delete)
                    newest.Remove(change.Kv.Key);
                else
                    newest[change.Kv.Key] = change.Kv;
                if (!found.TryGetValue(main, out List<Event>? changes))
                    found.Add(main, changes = []);
                changes.Add(change);
            }
        }

        KeyValue[] expected = [.. model.Range(AllKeys, AllKeys, revision)];
        if (!newest.Values.SequenceEqual(expected))
        {
            Fail(member, $"the db file after entry {index} (revision {revision}) holds {Difference(newest.Values, expected)}");
        }

        for (long main = Math.Max(compacting + 1, 2); main <= revision; main++)
        {
            if (!found.TryGetValue(main, out List<Event>? changes) || !changes.SequenceEqual(model.ChangesAt(main)))
                Fail(member, $"the db file holds {(changes is null ? "nothing" : string.Join(", ", changes))} of revision {main}, due is {string.Join(", ", model.ChangesAt(main))}");
        }
    }

    private void CheckLeases(ulong member, BoltReadTransaction read, ulong index)
    {
        var found = new SortedSet<long>();
        if (read.Bucket("lease"u8) is { } leases)
        {
            BoltCursor cursor = leases.Cursor();
            for (bool any = cursor.First(); any; any = cursor.Next())
                found.Add(BinaryPrimitives.ReadInt64BigEndian(cursor.Key));
        }

        var expected = new SortedSet<long>(reference.Leases.Where(life => life.LivesAt(index)).Select(static life => life.Id));
        if (!found.SetEquals(expected))
        {
            string Names(IEnumerable<long> ids) => string.Join(' ', ids.Select(static id => id.ToString("x", CultureInfo.InvariantCulture)));
            Fail(member, $"the db file after entry {index} holds leases [{Names(found)}], due are [{Names(expected)}]");
        }
    }

    private static ByteString AllKeys { get; } = ByteString.CopyFrom(0);

    private static string Difference(IEnumerable<KeyValue> found, KeyValue[] expected)
    {
        KeyValue[] there = [.. found];
        return $"[{string.Join(", ", there.Except(expected))}] beyond what is due, and lacks [{string.Join(", ", expected.Except(there))}]";
    }

    [DoesNotReturn]
    private static void Fail(ulong member, string message) =>
        throw new CheckFailedException(new Violation(CheckerNames.Disk, $"member {member:x}: {message}"));
}
