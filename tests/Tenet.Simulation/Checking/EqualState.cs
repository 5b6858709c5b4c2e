using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Mvccpb;
using Tenet.State.Backends;
using Tenet.State.Mvcc;
using Member = Tenet.Server.Member;

namespace Tenet.Simulation.Checking;

/// <summary>
/// All members hold the same at the same point of the log: HashKV at sampled revisions while they run; at the end every bucket, and the key
/// space also against the model.
/// </summary>
internal sealed class EqualState(ReferenceState reference)
{
    /// <summary>Revisions between two samples.</summary>
    private const long SampleEvery = 16;

    private readonly Dictionary<(long Revision, long CompactRevision), (ulong Member, uint Hash)> _hashes = [];
    private readonly Dictionary<(ulong Member, int Life), long> _nextSample = [];

    /// <summary>One turn of this member has run.</summary>
    public void AfterTurn(IMemberProbe member)
    {
        long revision = member.Revision;
        if (!_nextSample.TryGetValue((member.Id, member.Life), out long next))
            next = SampleEvery;
        if (revision < next)
            return;
        long sample = revision / SampleEvery * SampleEvery;
        _nextSample[(member.Id, member.Life)] = sample + SampleEvery;
        if (member.HashAt(sample) is not { } found)
            return;
        if (!_hashes.TryGetValue((sample, found.CompactRevision), out (ulong Member, uint Hash) first))
            _hashes.Add((sample, found.CompactRevision), (member.Id, found.Hash));
        else if (first.Hash != found.Hash)
            Fail($"HashKV at revision {sample} (compacted: {found.CompactRevision}) is {found.Hash:x} on member {member.Id:x}, {first.Hash:x} on {first.Member:x}");
    }

    /// <summary>The run is over: every member has applied everything.</summary>
    public void Finish(IReadOnlyList<Member> running)
    {
        Dictionary<string, string>? first = null;
        foreach (Member member in running)
        {
            ulong applied = member.Status.AppliedIndex;
            if (applied != reference.Index)
                Fail($"member {member.Status.MemberId:x} has applied {applied} at the end, the cluster {reference.Index}");
            CheckKeys(member);
            Dictionary<string, string> content = Content(member);
            first ??= content;
            foreach ((string place, string value) in content)
            {
                if (first.GetValueOrDefault(place) != value)
                    Fail($"member {member.Status.MemberId:x} holds {value} at {place}, member {running[0].Status.MemberId:x} {first.GetValueOrDefault(place) ?? "nothing"}");
            }

            if (content.Count != first.Count)
                Fail($"member {member.Status.MemberId:x} lacks {first.Keys.First(place => !content.ContainsKey(place))}");
        }
    }

    private void CheckKeys(Member member)
    {
        long revision = member.Engine.Core.Store.CurrentRevision;
        if (revision != reference.Keys.Revision)
            Fail($"member {member.Status.MemberId:x} is at revision {revision} at the end, the model at {reference.Keys.Revision}");
        using RangeResult result = member.Engine.Core.Executor.Range(new RangeRequest { Key = AllKeys, RangeEnd = AllKeys }).Response!;
        KeyValue[] found = [.. result.ToResponse().Kvs];
        KeyValue[] expected = [.. reference.Keys.Range(AllKeys, AllKeys, revision)];
        if (!found.SequenceEqual(expected))
            Fail($"member {member.Status.MemberId:x} holds {string.Join<KeyValue>(", ", found.Except(expected))} at the end, the model {string.Join<KeyValue>(", ", expected.Except(found))}");
    }

    private static ByteString AllKeys { get; } = ByteString.CopyFrom(0);

    /// <summary>
    /// Every record that all members must have in common. Compaction deletes at its own pace, so of the key space only what is newer than
    /// the last compaction; the meta bucket says how far the file is, which each member decides for itself.
    /// </summary>
    private Dictionary<string, string> Content(Member member)
    {
        var content = new Dictionary<string, string>(StringComparer.Ordinal);
        using BackendRead read = member.Engine.Core.Backend.OpenRead();
        foreach (Bucket bucket in Enum.GetValues<Bucket>())
        {
            if (bucket == Bucket.Meta)
                continue;
            BackendCursor cursor = read.Scan(bucket, []);
            while (cursor.MoveNext())
            {
                if (bucket == Bucket.Key && StoredRecord.MainRevision(cursor.Key) <= reference.CompactRevision)
                    continue;
                content.Add($"{bucket} {Convert.ToHexStringLower(cursor.Key)}", Convert.ToHexStringLower(cursor.Value));
            }
        }

        return content;
    }

    [DoesNotReturn]
    private static void Fail(string message) => throw new CheckFailedException(new Violation(CheckerNames.EqualState, message));
}
