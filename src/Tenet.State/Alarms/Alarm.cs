using Tenet.Protocol.Etcdserverpb;

namespace Tenet.State.Alarms;

/// <summary>An alarm that a member has raised.</summary>
public readonly record struct Alarm(ulong MemberId, AlarmType Type) : IComparable<Alarm>
{
    /// <summary>By type, then member.</summary>
    public int CompareTo(Alarm other) => Type != other.Type ? Type.CompareTo(other.Type) : MemberId.CompareTo(other.MemberId);

    /// <summary>The message that clients are sent, and whose encoding is the key in bucket <c>alarm</c>.</summary>
    public AlarmMember ToMessage() => new() { MemberID = MemberId, Alarm = Type };

    /// <summary>Whether it comes before.</summary>
    public static bool operator <(Alarm left, Alarm right) => left.CompareTo(right) < 0;

    /// <summary>Whether it comes after.</summary>
    public static bool operator >(Alarm left, Alarm right) => left.CompareTo(right) > 0;

    /// <summary>Whether it does not come after.</summary>
    public static bool operator <=(Alarm left, Alarm right) => left.CompareTo(right) <= 0;

    /// <summary>Whether it does not come before.</summary>
    public static bool operator >=(Alarm left, Alarm right) => left.CompareTo(right) >= 0;
}
