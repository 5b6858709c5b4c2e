using Tenet.Client.Calls;
using Tenet.Protocol.Errors;

namespace Tenet.Ctl.Connection;

/// <summary>Failed calls in the words of etcd's tools.</summary>
internal static class CallErrors
{
    public const string DeadlineExceeded = "context deadline exceeded";
    private const string KnownPrefix = "etcdserver: ";

    /// <summary>What the user is told: etcd's own errors as they are, a missed deadline as Go calls it, all else with its code.</summary>
    public static string Text(CallException exception) => exception switch
    {
        _ when exception.Message.StartsWith(KnownPrefix, StringComparison.Ordinal) => exception.Message,
        { Code: StatusCode.DeadlineExceeded } => DeadlineExceeded,
        _ => Full(exception),
    };

    /// <summary>With the code.</summary>
    public static string Full(CallException exception) => $"rpc error: code = {Name(exception.Code)} desc = {exception.Message}";

    private static string Name(StatusCode code) => code == StatusCode.Cancelled ? "Canceled" : code.ToString();
}
