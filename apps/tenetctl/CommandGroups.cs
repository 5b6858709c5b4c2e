namespace Tenet.Ctl;

/// <summary>The titles under which the help lists commands.</summary>
internal static class CommandGroups
{
    public const string KeyValue = "Key-value commands";
    public const string Cluster = "Cluster maintenance commands";
    public const string Concurrency = "Concurrency commands";
    public const string Authentication = "Authentication commands";
    public const string Utility = "Utility commands";
}
