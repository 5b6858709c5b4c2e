using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using Tenet.State.Auth;

namespace Tenet.Server.Auth;

/// <summary>
/// Tokens of sixteen random letters and the index before the login's entry. Every member has them in memory, each for as long as it was last used there; they are lost with
/// the process. Added and dropped on the apply thread, looked up on any without a lock.
/// </summary>
internal sealed class SimpleTokens(TimeProvider clock, TimeSpan life) : TokenIssuer, ISimpleTokens
{
    private const string Letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    private const int PrefixLength = 16;

    /// <summary>Expired tokens dropped at a new login. More than one, so that they become fewer.</summary>
    private const int DroppedPerLogin = 16;

    private readonly ConcurrentDictionary<string, Login> _logins = new(StringComparer.Ordinal);
    private readonly PriorityQueue<string, long> _expiries = new();
    private readonly long _life = (long)(life.TotalSeconds * clock.TimestampFrequency);

    public override ISimpleTokens Simple => this;

    public int Count => _logins.Count;

    public override string NewPrefix() => RandomNumberGenerator.GetString(Letters, PrefixLength);

    /// <summary>The login's own entry: a token names the one before.</summary>
    public override ulong IndexOf(string token) => TryReadIndex(token, out ulong index) && index < ulong.MaxValue ? index + 1 : 0;

    public override string Issue(string logged, string user, ulong revision) => logged;

    public override ValueTask<AuthIdentity> IdentifyAsync(string token, ulong revision)
    {
        if (!_logins.TryGetValue(token, out Login? login) || !login.Use(clock.GetTimestamp(), _life))
            return default;
        return new(new AuthIdentity(login.User, revision));
    }

    void ISimpleTokens.Assign(string token, string user)
    {
        long now = clock.GetTimestamp();
        DropExpired(now);
        _logins[token] = new Login(user, now + _life);
        _expiries.Enqueue(token, now + _life);
    }

    void ISimpleTokens.Invalidate(string user)
    {
        foreach ((string token, Login login) in _logins)
        {
            if (login.User == user)
                _logins.TryRemove(token, out _);
        }
    }

    void ISimpleTokens.Clear()
    {
        _logins.Clear();
        _expiries.Clear();
    }

    private static bool TryReadIndex(string token, out ulong index)
    {
        index = 0;
        int dot = token.IndexOf('.', StringComparison.Ordinal);
        return dot >= 0 && ulong.TryParse(token.AsSpan(dot + 1), NumberStyles.None, CultureInfo.InvariantCulture, out index);
    }

    private void DropExpired(long now)
    {
        for (int i = 0; i < DroppedPerLogin && _expiries.TryPeek(out string? token, out long expiry) && expiry <= now; i++)
        {
            _expiries.Dequeue();
            if (!_logins.TryGetValue(token, out Login? login))
                continue;
            if (login.ExpiresAt <= now)
                _logins.TryRemove(token, out _);
            else
                _expiries.Enqueue(token, login.ExpiresAt);
        }
    }

    private sealed class Login(string user, long expiresAt)
    {
        private long _expiresAt = expiresAt;

        public string User => user;

        public long ExpiresAt => Volatile.Read(ref _expiresAt);

        /// <returns>False if it was left unused for too long.</returns>
        public bool Use(long now, long life)
        {
            if (ExpiresAt <= now)
                return false;
            Volatile.Write(ref _expiresAt, now + life);
            return true;
        }
    }
}
