namespace Tenet.State.Auth;

/// <summary>Names in the order of their UTF-8 bytes, which is the order of the backend and of etcd's lists.</summary>
internal sealed class Utf8Order : IComparer<string>
{
    public static Utf8Order Instance { get; } = new();

    public int Compare(string? x, string? y)
    {
        ReadOnlySpan<char> left = x;
        ReadOnlySpan<char> right = y;
        int common = left.CommonPrefixLength(right);
        return common < left.Length && common < right.Length ? Rank(left[common]) - Rank(right[common]) : left.Length - right.Length;
    }

    /// <summary>UTF-16 sorts as UTF-8 does, but for characters of two units, whose first unit is less than the last characters of one.</summary>
    private static int Rank(char unit) => char.IsSurrogate(unit) ? unit + char.MaxValue : unit;
}
