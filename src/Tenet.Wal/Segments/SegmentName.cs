using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Tenet.Wal.Segments;

/// <summary>The name of a segment: its number, and the index of the first entry that it may hold (contract/storage.md, 2.2).</summary>
internal readonly record struct SegmentName(ulong Sequence, ulong Index)
{
    public const string Extension = ".wal";

    public override string ToString() => $"{Sequence:x16}-{Index:x16}{Extension}";

    public static bool TryParse(string name, [NotNullWhen(true)] out SegmentName? segment)
    {
        segment = null;
        if (!name.EndsWith(Extension, StringComparison.Ordinal))
            return false;
        ReadOnlySpan<char> numbers = name.AsSpan(0, name.Length - Extension.Length);
        int dash = numbers.IndexOf('-');
        if (dash < 0 || !TryParse(numbers[..dash], out ulong sequence) || !TryParse(numbers[(dash + 1)..], out ulong index))
            return false;
        segment = new SegmentName(sequence, index);
        return true;
    }

    private static bool TryParse(ReadOnlySpan<char> digits, out ulong number) =>
        ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number);
}
