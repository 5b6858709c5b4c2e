namespace Tenet.Foundation.Logging;

/// <summary>How much a line matters, with etcd's names and order (contract/api.md, 8.1).</summary>
public enum LogLevel
{
    /// <summary>For whoever debugs the member.</summary>
    Debug,

    /// <summary>A state transition or a slow operation.</summary>
    Info,

    /// <summary>Something an operator should look at; the member carries on.</summary>
    Warn,

    /// <summary>An operation failed that should not have.</summary>
    Error,

    /// <summary>The member stops because it would otherwise contradict itself.</summary>
    Panic,

    /// <summary>The member stops because it cannot start or go on.</summary>
    Fatal,
}
