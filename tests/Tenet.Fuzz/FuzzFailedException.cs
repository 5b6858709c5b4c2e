namespace Tenet.Fuzz;

/// <summary>A case showed what must not be.</summary>
internal sealed class FuzzFailedException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Says it with the input that did it.</summary>
    public static FuzzFailedException Of(string message, ReadOnlySpan<byte> input, Exception? inner = null)
    {
        const int ShownBytesMax = 4096;
        string shown = Convert.ToHexStringLower(input[..Math.Min(input.Length, ShownBytesMax)]);
        return new FuzzFailedException($"{message}; {input.Length} bytes: {shown}{(input.Length > ShownBytesMax ? "…" : "")}", inner);
    }
}
