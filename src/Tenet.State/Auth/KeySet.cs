using Tenet.Protocol.Authpb;

namespace Tenet.State.Auth;

/// <summary>
/// The keys that some permissions give together, as intervals in order that neither overlap nor touch: two permissions side by side cover a range over both. Immutable.
/// </summary>
internal sealed class KeySet
{
    /// <summary>The end of an interval that has none.</summary>
    private static readonly byte[] Unbounded = [];

    private readonly (byte[] Start, byte[] End)[] _intervals;

    private KeySet((byte[] Start, byte[] End)[] intervals) => _intervals = intervals;

    /// <summary>Joins permissions. One without a key, which etcd no longer stores, gives nothing.</summary>
    public static KeySet Of(IEnumerable<Permission> permissions)
    {
        var intervals = new List<(byte[] Start, byte[] End)>();
        foreach (Permission permission in permissions)
        {
            ReadOnlySpan<byte> key = permission.Key.Span;
            ReadOnlySpan<byte> rangeEnd = permission.RangeEnd.Span;
            byte[] end = rangeEnd switch
            {
                [] => [.. key, 0],
                [0] => Unbounded,
                _ => rangeEnd.ToArray(),
            };
            if (key.Length > 0 && IsBefore(key, end))
                intervals.Add((key.ToArray(), end));
        }

        intervals.Sort(static (left, right) => left.Start.AsSpan().SequenceCompareTo(right.Start));
        return new KeySet(Join(intervals));
    }

    /// <summary>
    /// Whether every key of a request's range is in the set. A range that ends before it begins holds no key, yet etcd wants its begin to be permitted.
    /// </summary>
    public bool Covers(ReadOnlySpan<byte> key, ReadOnlySpan<byte> rangeEnd)
    {
        int index = LastStartingUpTo(key);
        if (index < 0)
            return false;
        byte[] end = _intervals[index].End;
        if (!IsBefore(key, end))
            return false;
        return rangeEnd switch
        {
            [] => true,
            [0] => end.Length == 0,
            _ => end.Length == 0 || rangeEnd.SequenceCompareTo(end) <= 0,
        };
    }

    private static (byte[] Start, byte[] End)[] Join(List<(byte[] Start, byte[] End)> sorted)
    {
        var joined = new List<(byte[] Start, byte[] End)>(sorted.Count);
        foreach ((byte[] start, byte[] end) in sorted)
        {
            if (joined.Count > 0 && (joined[^1].End.Length == 0 || start.AsSpan().SequenceCompareTo(joined[^1].End) <= 0))
            {
                if (IsBefore(joined[^1].End, end))
                    joined[^1] = (joined[^1].Start, end);
            }
            else
            {
                joined.Add((start, end));
            }
        }

        return [.. joined];
    }

    /// <summary>Whether a place lies before the end of an interval; no place but an end can be <see cref="Unbounded"/> itself.</summary>
    private static bool IsBefore(ReadOnlySpan<byte> place, byte[] end) =>
        end.Length == 0 ? place.Length > 0 : place.Length > 0 && place.SequenceCompareTo(end) < 0;

    private int LastStartingUpTo(ReadOnlySpan<byte> key)
    {
        int low = 0;
        int high = _intervals.Length;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (_intervals[middle].Start.AsSpan().SequenceCompareTo(key) <= 0)
                low = middle + 1;
            else
                high = middle;
        }

        return low - 1;
    }
}
