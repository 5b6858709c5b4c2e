using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Tenet.Foundation.Logging;
using Tenet.Protocol.Errors;
using Tenet.Server.Observability;
using Tenet.State.Auth;

namespace Tenet.Server.Auth;

/// <summary>
/// Signed tokens that say who logged in at which auth revision, and for how long that counts. Members share keys, not state; a change of users or roles makes all of them old.
/// </summary>
internal sealed class JwtTokens : TokenIssuer
{
    private static readonly EtcdError VerifyOnly = new(StatusCode.Unknown, "auth: token signing attempted with verify-only key");

    private readonly JsonWebTokenHandler _handler = new() { SetDefaultTimesOnTokenCreation = false };
    private readonly TokenValidationParameters _rules;
    private readonly SigningCredentials? _signer;
    private readonly TimeSpan _life;
    private readonly TimeProvider _clock;
    private readonly ILog _log;

    public JwtTokens(JwtOptions options, TimeProvider clock, ILog log)
    {
        _clock = clock;
        _log = log;
        _life = options.Life;
        _signer = options.CanSign ? new SigningCredentials(options.Key, options.Method) : null;
        _rules = new TokenValidationParameters
        {
            // Whoever could choose the method could choose one that proves nothing.
            ValidAlgorithms = [options.Method],
            IssuerSigningKey = options.Key,
            RequireSignedTokens = true,
            ValidateIssuer = false,
            ValidateAudience = false,
            RequireExpirationTime = false,
            LifetimeValidator = (notBefore, expires, _, _) => IsAlive(notBefore, expires),
        };
    }

    public override string Issue(string logged, string user, ulong revision)
    {
        if (_signer is null)
            throw VerifyOnly.ToException();
        long expires = (_clock.GetUtcNow() + _life).ToUnixTimeSeconds();
        using var payload = new MemoryStream();
        using (var json = new Utf8JsonWriter(payload))
        {
            json.WriteStartObject();
            json.WriteNumber("exp", expires);
            json.WriteNumber("revision", revision);
            json.WriteString("username", user);
            json.WriteEndObject();
        }

        string token = _handler.CreateToken(System.Text.Encoding.UTF8.GetString(payload.GetBuffer(), 0, (int)payload.Length), _signer);
        if (_log.IsEnabled(LogLevel.Debug))
            _log.Debug("created/assigned a new JWT token", new("user-name", user), new("revision", revision), new("token-fingerprint", AuthLines.Fingerprint(token)));
        return token;
    }

    public override async ValueTask<AuthIdentity> IdentifyAsync(string token, ulong revision)
    {
        TokenValidationResult result = await _handler.ValidateTokenAsync(token, _rules);
        if (!result.IsValid)
        {
            // The exception may quote the token.
            _log.Warn("failed to parse a JWT token", new LogField("error", result.Exception?.GetType().Name ?? "invalid"));
            return default;
        }

        return Read(((JsonWebToken)result.SecurityToken).EncodedPayload);
    }

    private AuthIdentity Read(string payload)
    {
        using JsonDocument claims = JsonDocument.Parse(Base64UrlEncoder.DecodeBytes(payload));
        if (!claims.RootElement.TryGetProperty("username", out JsonElement user) || user.ValueKind != JsonValueKind.String)
        {
            _log.Warn("failed to obtain user claims from jwt token");
            return default;
        }

        if (!claims.RootElement.TryGetProperty("revision", out JsonElement revision) || revision.ValueKind != JsonValueKind.Number)
        {
            _log.Warn("failed to obtain revision claims from jwt token");
            return default;
        }

        return new AuthIdentity(user.GetString(), (ulong)revision.GetDouble());
    }

    private bool IsAlive(DateTime? notBefore, DateTime? expires)
    {
        DateTime now = _clock.GetUtcNow().UtcDateTime;
        return (expires is null || now < expires) && (notBefore is null || now >= notBefore);
    }
}
