using Tenet.CommandLine;
using Tenet.Protocol.Mvccpb;

namespace Tenet.Ctl.Output;

/// <summary>The simple format: lines for people and scripts.</summary>
internal sealed class SimpleWriter(OutputWriter output, bool isHex, bool valuesOnly)
{
    public OutputWriter Output { get; } = output;

    public void Line(string text) => Output.Line(text);

    /// <summary>A key and its value, a line each; as they are, or in hexadecimal.</summary>
    public void Pair(KeyValue pair)
    {
        if (!valuesOnly)
            Bytes(pair.Key.Span);
        Bytes(pair.Value.Span);
    }

    private void Bytes(ReadOnlySpan<byte> bytes)
    {
        if (isHex)
            Output.Line(GoQuote.Hex(bytes));
        else
            Output.Line(bytes);
    }
}
