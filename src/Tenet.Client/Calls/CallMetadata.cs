namespace Tenet.Client.Calls;

/// <summary>Names and fixed values of request metadata (contract/api.md, 3.4).</summary>
internal static class CallMetadata
{
    public const string ApiVersionName = "client-api-version";

    public const string ApiVersion = "3.7";

    public const string TokenName = "token";

    public const string UserAgent = "tenet-client/3.7.1";

    /// <summary>Makes a member refuse the call, or end the stream, while it knows no leader.</summary>
    public static KeyValuePair<string, string> RequireLeader { get; } = new("hasleader", "true");
}
