using System.Net.Security;
using Tenet.Client.Calls;

namespace Tenet.Client;

/// <summary>Where a cluster is, and how it is spoken to.</summary>
public sealed class TenetClientOptions
{
    /// <summary>The members' client URLs: <c>host:port</c>, <c>http://…</c>, <c>https://…</c>, <c>unix:path</c>. Calls are spread over them.</summary>
    public IList<string> Endpoints { get; set; } = [];

    /// <summary>The user in whose name calls are made, with <see cref="Password"/>; null for none.</summary>
    public string? User { get; set; }

    /// <summary>The user's password.</summary>
    public string? Password { get; set; }

    /// <summary>A token that was made elsewhere (JWT). It is sent as it is and never asked for again.</summary>
    public string? Token { get; set; }

    /// <summary>TLS for endpoints that speak it; null believes what the system believes. A <see cref="SslClientAuthenticationOptions.TargetHost"/> is the name that every member's certificate must bear.</summary>
    public SslClientAuthenticationOptions? Tls { get; set; }

    /// <summary>How long making a connection may take.</summary>
    public TimeSpan DialTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a call of the typed parts may take, repetitions included, if it is not one that waits by its nature; infinite sets no bound.</summary>
    public TimeSpan CallTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Time without traffic after which a connection with open calls is pinged. Members refuse less than five seconds.</summary>
    public TimeSpan KeepAliveTime { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether connections without open calls are pinged as well.</summary>
    public bool KeepAliveWithoutCalls { get; set; }

    /// <summary>How long the answer to a ping may take before the connection counts as lost.</summary>
    public TimeSpan KeepAliveTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Largest message that is sent, in bytes.</summary>
    public int SendBytesMax { get; set; } = 2 * 1024 * 1024;

    /// <summary>Largest message that is taken, in bytes.</summary>
    public int ReceiveBytesMax { get; set; } = int.MaxValue;

    /// <summary>Makes connections instead of sockets, for members in the same process. The argument is the endpoint.</summary>
    public Func<string, CancellationToken, ValueTask<Stream>>? Connect { get; set; }

    /// <summary>Told of every attempt at a call that failed, whether or not another follows. Called on the thread of the call: neither throws nor blocks.</summary>
    public Action<FailedAttempt>? AttemptFailed { get; set; }

    /// <summary>Refuses options that cannot serve.</summary>
    /// <exception cref="ArgumentException">They cannot; the message lists why.</exception>
    internal void Check()
    {
        string problems = string.Join("; ", Problems());
        if (problems.Length > 0)
            throw new ArgumentException(problems);
    }

    internal ChannelOptions ToChannelOptions() => new()
    {
        DialTimeout = DialTimeout,
        KeepAliveTime = KeepAliveTime,
        KeepAliveTimeout = KeepAliveTimeout,
        KeepAliveWithoutCalls = KeepAliveWithoutCalls,
        Tls = Tls,
        SendBytesMax = SendBytesMax,
        ReceiveBytesMax = ReceiveBytesMax,
        Connect = Connect,
    };

    /// <summary>What keeps the options from serving.</summary>
    internal IEnumerable<string> Problems()
    {
        if (Endpoints.Count == 0)
            yield return "at least one endpoint is needed";
        foreach (string endpoint in Endpoints)
        {
            if (!EndpointAddress.IsOne(endpoint, out string problem))
                yield return problem;
        }
        if (User is { Length: > 0 } && Password is null)
            yield return "a user needs a password";
        if (User is { Length: > 0 } && Token is { Length: > 0 })
            yield return "either a user or a token is given, not both";
        if (DialTimeout <= TimeSpan.Zero)
            yield return "the dial timeout must be positive";
        if (CallTimeout <= TimeSpan.Zero && CallTimeout != Timeout.InfiniteTimeSpan)
            yield return "the call timeout must be positive or infinite";
        if (KeepAliveTime < TimeSpan.FromSeconds(1) && KeepAliveTime != Timeout.InfiniteTimeSpan)
            yield return "the keep-alive time must be a second or more, or infinite";
        if (KeepAliveTimeout < TimeSpan.FromSeconds(1) && KeepAliveTimeout != Timeout.InfiniteTimeSpan)
            yield return "the keep-alive timeout must be a second or more, or infinite";
        if (SendBytesMax <= 0 || ReceiveBytesMax <= 0)
            yield return "message limits must be positive";
    }
}
