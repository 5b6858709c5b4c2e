using Google.Protobuf;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Mvccpb;
using Tenet.Raft;

namespace Tenet.Simulation.Checking;

/// <summary>
/// The cluster's log carried out on the model: what every member's state must be after each entry. Fed with each entry once, when the first
/// member applies it.
/// </summary>
internal sealed class ReferenceState(Func<TimeSpan> now)
{
    private readonly List<long> _revisions = [1];
    private readonly Dictionary<long, LeaseLife> _alive = [];
    private readonly HashSet<(ulong Member, AlarmType Alarm)> _alarms = [];

    /// <summary>The key space.</summary>
    public KvModel Keys { get; } = new();

    /// <summary>Every lease that ever was, in the order of the grants.</summary>
    public List<LeaseLife> Leases { get; } = [];

    /// <summary>Every compaction that was accepted: the entry and the revision.</summary>
    public List<(ulong Index, long Revision)> Compactions { get; } = [];

    /// <summary>The last entry carried out.</summary>
    public ulong Index => (ulong)_revisions.Count - 1;

    /// <summary>The last revision compacted to; −1 for none.</summary>
    public long CompactRevision => Compactions.Count == 0 ? -1 : Compactions[^1].Revision;

    /// <summary>The revision after an entry.</summary>
    public long RevisionAt(ulong index) => _revisions[(int)index];

    /// <summary>Carries an entry out unless it has been already.</summary>
    public void Apply(in Entry entry)
    {
        if (entry.Index != Index + 1)
            return;
        if (entry.Type == EntryType.Normal && !entry.Data.IsEmpty)
            Apply(InternalRaftRequest.Parser.ParseFrom(entry.Data.Span), entry.Index);
        _revisions.Add(Keys.Revision);
    }

    private void Apply(InternalRaftRequest request, ulong index)
    {
        if (IsRefusedByAlarm(request))
            return;
        if (request.Put is { } put)
            Write(put);
        else if (request.DeleteRange is { } delete)
            Write(delete);
        else if (request.Txn is { } txn)
            Write(txn);
        else if (request.LeaseGrant is { } grant)
            Grant(grant, index);
        else if (request.LeaseRevoke is { } revoke)
            Revoke(revoke.ID, index);
        else if (request.Compaction is { } compaction && compaction.Revision > CompactRevision && compaction.Revision <= Keys.Revision)
            Compactions.Add((index, compaction.Revision));
        else if (request.Alarm is { } alarm)
            Raise(alarm);
    }

    private void Write(IMessage request)
    {
        Execution execution = ModelExecution.Run(Keys, request, Keys.Revision, _alive.ContainsKey, CompactRevision);
        if (execution.Changes.Count > 0)
            Keys.Append(execution.Changes);
    }

    private void Grant(LeaseGrantRequest request, ulong index)
    {
        if (request.ID == 0 || request.TTL > 9_000_000_000 || _alive.ContainsKey(request.ID))
            return;
        var life = new LeaseLife(request.ID, request.TTL, index, now());
        _alive.Add(request.ID, life);
        Leases.Add(life);
    }

    private void Revoke(long id, ulong index)
    {
        if (!_alive.Remove(id, out LeaseLife? life))
            return;
        life.EndedIndex = index;
        life.EndedAt = now();
        List<Event> changes = [];
        foreach (ByteString key in Keys.Keys)
        {
            if (Keys.Find(key, Keys.Revision)?.Lease == id)
                changes.Add(new Event { Type = Event.Types.EventType.Delete, Kv = new KeyValue { Key = key, ModRevision = Keys.Revision + 1 } });
        }

        if (changes.Count > 0)
            Keys.Append(changes);
    }

    private void Raise(AlarmRequest request)
    {
        if (request.Action == AlarmRequest.Types.AlarmAction.Activate)
            _alarms.Add((request.MemberID, request.Alarm));
        else if (request.Action == AlarmRequest.Types.AlarmAction.Deactivate)
            _alarms.Remove((request.MemberID, request.Alarm));
    }

    private bool IsRefusedByAlarm(InternalRaftRequest request)
    {
        if (_alarms.Count == 0)
            return false;
        if (_alarms.Any(static alarm => alarm.Alarm == AlarmType.Corrupt))
        {
            return request.Put is not null || request.DeleteRange is not null || request.Txn is not null || request.Compaction is not null
                || request.LeaseGrant is not null || request.LeaseRevoke is not null;
        }

        return request.Put is not null || request.LeaseGrant is not null || (request.Txn is { } txn && Puts(txn));
    }

    private static bool Puts(TxnRequest request) =>
        request.Success.Concat(request.Failure).Any(static operation =>
            operation.RequestPut is not null || (operation.RequestTxn is { } nested && Puts(nested)));
}
