namespace Tenet.Foundation.Files;

/// <summary>What opening does when the file exists, and when it does not.</summary>
public enum FileOpenMode
{
    /// <summary>It must exist.</summary>
    Existing,

    /// <summary>Created if missing; content is kept otherwise.</summary>
    OpenOrCreate,

    /// <summary>It must not exist.</summary>
    CreateNew,

    /// <summary>Created if missing, emptied otherwise.</summary>
    Truncate,
}
