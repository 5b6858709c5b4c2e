namespace Tenet.Client;

/// <summary>How a condition compares what is stored with what is given.</summary>
public enum Comparison
{
    /// <summary>Both are the same.</summary>
    Equal,

    /// <summary>What is stored is greater.</summary>
    Greater,

    /// <summary>What is stored is less.</summary>
    Less,

    /// <summary>They differ.</summary>
    NotEqual,
}
