using System.Globalization;
using System.Text;

namespace Tenet.Simulation.Worlds;

/// <summary>
/// Everything that happens in a world, as a hash over all of it and as text for the last events. Two runs of one seed have the same hash;
/// the first event that differs is where something came in that the seed does not decide.
/// </summary>
internal sealed class Trace(int kept, Action<string>? echo)
{
    private readonly Entry[] _last = new Entry[kept];

    public ulong Hash { get; private set; } = 0xcbf29ce484222325;

    public long Count { get; private set; }

    /// <summary>Whether somebody reads every line.</summary>
    public bool IsEchoed => echo is not null;

    public void Add(long at, TraceKind kind, string who, long a = 0, long b = 0, object? what = null)
    {
        ulong hash = Hash;
        hash = Mix(hash, (ulong)at);
        hash = Mix(hash, ((ulong)kind << 32) | (uint)(who.Length == 0 ? 0 : who[^1]));
        hash = Mix(hash, (ulong)a);
        hash = Mix(hash, (ulong)b);
        Hash = hash;
        var entry = new Entry(at, kind, who, a, b, what);
        _last[Count++ % _last.Length] = entry;
        echo?.Invoke(entry.ToString());
    }

    /// <summary>A line for readers that is no part of the hash.</summary>
    public void Note(long at, string who, object what)
    {
        var entry = new Entry(at, TraceKind.Log, who, 0, 0, what);
        _last[Count++ % _last.Length] = entry;
        echo?.Invoke(entry.ToString());
    }

    /// <summary>The last events, oldest first.</summary>
    public string Last()
    {
        var text = new StringBuilder();
        for (long i = Math.Max(0, Count - _last.Length); i < Count; i++)
            text.AppendLine(_last[i % _last.Length].ToString());
        return text.ToString();
    }

    private static ulong Mix(ulong hash, ulong value)
    {
        hash ^= value;
        hash *= 0x9fb21c651e98df25;
        return hash ^ (hash >> 29);
    }

    private readonly record struct Entry(long At, TraceKind Kind, string Who, long A, long B, object? What)
    {
        public override string ToString() => string.Create(
            CultureInfo.InvariantCulture, $"{At / 10_000_000.0,12:F7} {Kind,-12} {Who,-4} {What} {(A != 0 || B != 0 ? $"({A}, {B})" : "")}");
    }
}
