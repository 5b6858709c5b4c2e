namespace Tenet.App.Logging;

/// <summary>How a line looks.</summary>
internal enum LogFormat
{
    /// <summary>One JSON object, as etcd writes it.</summary>
    Json,

    /// <summary>Fields by tabs, the named values as JSON.</summary>
    Console,

    /// <summary>For eyes: short time, coloured level, <c>name=value</c>.</summary>
    Terminal,
}
