using Tenet.Protocol.Errors;
using Tenet.State.Auth;

namespace Tenet.Server.Auth;

/// <summary>Nobody can log in: users are known by their certificates.</summary>
internal sealed class NoTokens : TokenIssuer
{
    public override string Issue(string logged, string user, ulong revision) => throw EtcdErrors.AuthFailed.ToException();

    public override ValueTask<AuthIdentity> IdentifyAsync(string token, ulong revision) => default;
}
