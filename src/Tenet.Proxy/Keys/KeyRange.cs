using Google.Protobuf;

namespace Tenet.Proxy.Keys;

/// <summary>A key, or all keys from one up to another (a single zero byte: without end), as requests name them.</summary>
internal readonly record struct KeyRange(ByteString Key, ByteString End)
{
    public bool IsSingle => End.IsEmpty;

    private bool IsOpen => End.Length == 1 && End[0] == 0;

    public bool Contains(ByteString key) => IsSingle
        ? key == Key
        : key.Span.SequenceCompareTo(Key.Span) >= 0 && (IsOpen || key.Span.SequenceCompareTo(End.Span) < 0);

    public bool Meets(KeyRange other)
    {
        if (other.IsSingle)
            return Contains(other.Key);
        if (IsSingle)
            return other.Contains(Key);
        return (IsOpen || other.Key.Span.SequenceCompareTo(End.Span) < 0) && (other.IsOpen || Key.Span.SequenceCompareTo(other.End.Span) < 0);
    }
}
