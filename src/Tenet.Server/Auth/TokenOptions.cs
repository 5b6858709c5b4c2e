using Tenet.Foundation.Logging;

namespace Tenet.Server.Auth;

/// <summary>Reads <c>--auth-token</c>: a kind of tokens, and the options of that kind.</summary>
internal static class TokenOptions
{
    private const string InvalidOptions = "auth: invalid auth options";

    /// <exception cref="MemberStartException">There is no such kind, or its options cannot be used.</exception>
    public static TokenIssuer Open(MemberOptions options, MemberSeams seams)
    {
        string[] parts = options.AuthToken.Split(',');
        var settings = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string part in parts.AsSpan(1))
        {
            string[] pair = part.Split('=');
            if (pair.Length != 2 || !settings.TryAdd(pair[0], pair[1]))
                throw Invalid(seams.Log, $"invalid token option: {part}");
        }

        switch (parts[0])
        {
            case "simple":
                seams.Log.Warn("simple token is not cryptographically signed");
                TimeSpan life = options.AuthTokenTtl > TimeSpan.Zero ? options.AuthTokenTtl : MemberOptions.DefaultAuthTokenTtl;
                return new SimpleTokens(seams.Clock, life);
            case "jwt":
                return new JwtTokens(JwtOptions.Read(settings, seams.Files, seams.Log), seams.Clock, seams.Log);
            case "":
                return new NoTokens();
            default:
                throw Invalid(seams.Log, $"unknown token type: {parts[0]}");
        }
    }

    /// <summary>What etcd ends with; why goes to the log.</summary>
    public static MemberStartException Invalid(ILog log, string reason)
    {
        log.Error("failed to create token provider", new LogField("error", reason));
        return new MemberStartException(InvalidOptions);
    }
}
