namespace Tenet.CommandLine;

/// <summary>A kind of value: how its text is read and written.</summary>
internal sealed record FlagKind<T>(string TypeName, string Zero, FlagKind<T>.Reader Read, Func<T, string> Format) : FlagKind(TypeName, Zero)
{
    /// <summary>Reads a text; the result is what is wrong with it, or null. A list adds to what was already given.</summary>
    public delegate string? Reader(string text, T current, bool isGiven, out T read);
}
