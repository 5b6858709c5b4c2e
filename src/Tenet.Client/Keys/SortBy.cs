namespace Tenet.Client;

/// <summary>What a range answers by, if not by key.</summary>
public enum SortBy
{
    /// <summary>The key.</summary>
    Key,

    /// <summary>How often it was written.</summary>
    Version,

    /// <summary>When it came into being.</summary>
    CreateRevision,

    /// <summary>When it was last changed.</summary>
    ModRevision,

    /// <summary>The value.</summary>
    Value,
}
