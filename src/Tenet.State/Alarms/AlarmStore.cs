using Google.Protobuf;
using Tenet.Foundation;
using Tenet.Protocol.Calls;
using Tenet.Protocol.Etcdserverpb;
using Tenet.State.Backends;

namespace Tenet.State.Alarms;

/// <summary>The alarms of the cluster, kept in bucket <c>alarm</c> (contract/storage.md, 5.5). Changed by the apply thread, read by any.</summary>
public sealed class AlarmStore
{
    private readonly Backend _backend;

    // Replaced as a whole, so that a reader has one state of it.
    private volatile Alarm[] _alarms;

    /// <summary>Reads the stored alarms.</summary>
    public AlarmStore(Backend backend)
    {
        _backend = backend;
        _alarms = Load(backend);
    }

    /// <summary>All alarms, by type and member.</summary>
    public IReadOnlyList<Alarm> All => _alarms;

    /// <summary>The alarms of a type, or all for <see cref="AlarmType.None"/>.</summary>
    public IReadOnlyList<Alarm> Get(AlarmType type) => type == AlarmType.None ? _alarms : Array.FindAll(_alarms, alarm => alarm.Type == type);

    /// <summary>Whether any member has raised an alarm of this type.</summary>
    public bool IsRaised(AlarmType type)
    {
        foreach (Alarm alarm in _alarms)
        {
            if (alarm.Type == type)
                return true;
        }

        return false;
    }

    /// <summary>Raises an alarm; apply thread. False if it was raised already.</summary>
    public bool Activate(Alarm alarm)
    {
        Alarm[] alarms = _alarms;
        if (Array.IndexOf(alarms, alarm) >= 0)
            return false;
        Alarm[] more = [.. alarms, alarm];
        Array.Sort(more);
        _alarms = more;
        _backend.Put(Bucket.Alarm, alarm.ToMessage().ToByteArray(), []);
        return true;
    }

    /// <summary>Clears exactly this alarm; apply thread. False if it was not raised.</summary>
    public bool Deactivate(Alarm alarm)
    {
        Alarm[] alarms = _alarms;
        if (Array.IndexOf(alarms, alarm) < 0)
            return false;
        _alarms = Array.FindAll(alarms, other => other != alarm);
        _backend.Delete(Bucket.Alarm, alarm.ToMessage().ToByteArray());
        return true;
    }

    /// <summary>Takes over what another store has read from a leader's snapshot; apply thread.</summary>
    internal void Replace(AlarmStore received) => _alarms = received._alarms;

    private static Alarm[] Load(Backend backend)
    {
        var alarms = new List<Alarm>();
        using BackendRead read = backend.OpenRead();
        BackendCursor cursor = read.Scan(Bucket.Alarm, []);
        while (cursor.MoveNext())
        {
            try
            {
                AlarmMember stored = AlarmMember.Parser.ParseChecked(cursor.Key);
                alarms.Add(new Alarm(stored.MemberID, stored.Alarm));
            }
            catch (InvalidProtocolBufferException)
            {
                throw new CorruptionException("bucket alarm of the db file", 0, "an encoded AlarmMember", Convert.ToHexStringLower(cursor.Key));
            }
        }

        alarms.Sort();
        return [.. alarms];
    }
}
