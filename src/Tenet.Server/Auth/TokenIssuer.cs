using Tenet.Protocol.Errors;
using Tenet.State.Auth;

namespace Tenet.Server.Auth;

/// <summary>One kind of auth tokens (contract/api.md, 2.7, credentials).</summary>
internal abstract class TokenIssuer
{
    /// <summary>The tokens that logins leave in every member's memory; null if this kind leaves none.</summary>
    public virtual ISimpleTokens? Simple => null;

    /// <summary>What a login's entry carries of its token, drawn by the member that was asked.</summary>
    public virtual string NewPrefix() => "";

    /// <summary>The index that must have been applied here before a token can be judged; 0 if none.</summary>
    public virtual ulong IndexOf(string token) => 0;

    /// <summary>The token that the caller gets.</summary>
    /// <param name="logged">What applying the login's entry gave.</param>
    /// <param name="user">Who has logged in.</param>
    /// <param name="revision">The auth revision at which the password was right.</param>
    /// <exception cref="RefusalException">No tokens can be made.</exception>
    public abstract string Issue(string logged, string user, ulong revision);

    /// <summary>Whose token it is; nobody's if it is not valid.</summary>
    /// <param name="token">What the caller sent.</param>
    /// <param name="revision">The auth revision now.</param>
    public abstract ValueTask<AuthIdentity> IdentifyAsync(string token, ulong revision);
}
