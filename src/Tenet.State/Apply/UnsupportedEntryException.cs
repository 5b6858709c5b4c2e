namespace Tenet.State.Apply;

/// <summary>
/// A committed entry asks for something that this version cannot carry out. Skipping it would make this member's state differ from the others', so the member
/// must stop with this message, and the entry is applied by a version that can.
/// </summary>
public sealed class UnsupportedEntryException : Exception
{
    /// <summary>Says which entry, and what is wrong with it.</summary>
    public UnsupportedEntryException(ulong index, string problem, Exception? cause = null)
        : base($"entry {index} cannot be applied: {problem}", cause)
    {
        Index = index;
    }

    /// <summary>The entry's index.</summary>
    public ulong Index { get; }
}
