using System.Runtime.CompilerServices;

namespace Tenet.Foundation;

/// <summary>Formats its holes only if the asserted condition is false.</summary>
[InterpolatedStringHandler]
public ref struct InvariantMessage
{
    private DefaultInterpolatedStringHandler _text;

    /// <summary>Called by the compiler.</summary>
    public InvariantMessage(int literalLength, int formattedCount, bool condition, out bool enabled)
    {
        enabled = !condition;
        _text = enabled ? new DefaultInterpolatedStringHandler(literalLength, formattedCount) : default;
    }

    /// <summary>Called by the compiler.</summary>
    public void AppendLiteral(string value) => _text.AppendLiteral(value);

    /// <summary>Called by the compiler.</summary>
    public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);

    /// <summary>Called by the compiler.</summary>
    public void AppendFormatted<T>(T value, string? format) => _text.AppendFormatted(value, format);

    /// <summary>The finished message.</summary>
    public override string ToString() => _text.ToStringAndClear();
}
