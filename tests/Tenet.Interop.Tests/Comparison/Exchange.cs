using Google.Protobuf;

namespace Tenet.Interop.Tests.Comparison;

/// <summary>One call of a script.</summary>
/// <param name="User">Who calls: a user whose token was asked for earlier, or "" for nobody.</param>
/// <param name="Method">Which call, such as <c>KV/Put</c>.</param>
/// <param name="Requests">What is sent, from what was learned so far; several messages on a stream.</param>
/// <param name="Messages">How many messages are read of the answer to a stream that has no end.</param>
internal sealed record Exchange(string User, string Method, Func<Learned, IMessage[]> Requests, int Messages = int.MaxValue)
{
    /// <summary>The whole path. Lock and Election have packages of their own.</summary>
    public string Path => Method.Split('/')[0] switch
    {
        "Lock" => $"/v3lockpb.{Method}",
        "Election" => $"/v3electionpb.{Method}",
        "Health" => $"/grpc.health.v1.{Method}",
        _ => $"/etcdserverpb.{Method}",
    };
}

/// <summary>What a server gave out that later calls of the script send back.</summary>
internal sealed class Learned
{
    /// <summary>Tokens by user.</summary>
    public Dictionary<string, string> Tokens { get; } = [];

    /// <summary>The member that was added last.</summary>
    public ulong AddedMember { get; set; }

    /// <summary>The server's own member.</summary>
    public ulong OwnMember { get; set; }
}
