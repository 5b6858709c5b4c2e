namespace Tenet.Foundation;

/// <summary>Stored bytes are not what was written. It names the file, the place, and both sides; nothing is repaired by who throws it.</summary>
public sealed class CorruptionException : IOException
{
    /// <summary>Says what is wrong where.</summary>
    public CorruptionException(string file, long offset, string expected, string found)
        : base($"{file} is corrupt at offset {offset}: expected {expected}, found {found}")
    {
        File = file;
        Offset = offset;
        Expected = expected;
        Found = found;
    }

    /// <summary>The damaged file.</summary>
    public string File { get; }

    /// <summary>Where in the file, in bytes.</summary>
    public long Offset { get; }

    /// <summary>What should have been there.</summary>
    public string Expected { get; }

    /// <summary>What was there.</summary>
    public string Found { get; }
}
