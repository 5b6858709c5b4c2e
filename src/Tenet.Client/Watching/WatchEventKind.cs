namespace Tenet.Client;

/// <summary>What happened to a key.</summary>
public enum WatchEventKind
{
    /// <summary>It was written.</summary>
    Put,

    /// <summary>It was deleted, or went with its lease.</summary>
    Delete,
}
