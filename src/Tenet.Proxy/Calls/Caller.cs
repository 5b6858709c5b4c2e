using Tenet.Client.Calls;
using Tenet.Protocol.Calls;

namespace Tenet.Proxy.Calls;

/// <summary>
/// As whom a call is made upstream, and whether it wants a leader: everything of a caller's metadata that reaches a server. Two calls may share
/// an answer only if this is equal.
/// </summary>
internal readonly record struct Caller(string? Token, string? Authorization, string? HasLeader)
{
    /// <summary>What <see cref="HasLeader"/> is for who wants one.</summary>
    public const string Leader = "true";

    private const string TokenHeader = "token";
    private const string AuthorizationHeader = "authorization";
    private const string HasLeaderHeader = "hasleader";

    /// <summary>Without a token: what is answered then is answered to everybody.</summary>
    public bool IsAnonymous => Token is null && Authorization is null;

    public bool WantsLeader => HasLeader == Leader;

    public static Caller Of(CallContext context) =>
        new(context.RequestHeader(TokenHeader), context.RequestHeader(AuthorizationHeader), context.RequestHeader(HasLeaderHeader));

    public CallOptions Options()
    {
        if (this == default)
            return CallOptions.None;
        List<KeyValuePair<string, string>> metadata = [];
        if (Token is not null)
            metadata.Add(new(TokenHeader, Token));
        if (Authorization is not null)
            metadata.Add(new(AuthorizationHeader, Authorization));
        if (HasLeader is not null)
            metadata.Add(new(HasLeaderHeader, HasLeader));
        return new CallOptions { Metadata = metadata };
    }
}
