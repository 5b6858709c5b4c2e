using System.Net.Security;

namespace Tenet.Client.Calls;

/// <summary>How one endpoint is reached.</summary>
public sealed record ChannelOptions
{
    /// <summary>How long making a connection may take.</summary>
    public TimeSpan DialTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Time without traffic after which the connection is pinged.</summary>
    public TimeSpan KeepAliveTime { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>Whether connections without open calls are pinged as well.</summary>
    public bool KeepAliveWithoutCalls { get; init; }

    /// <summary>How long the answer to a ping may take.</summary>
    public TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>TLS for endpoints with https or unixs; null believes what the system believes. A <see cref="SslClientAuthenticationOptions.TargetHost"/> is the name that every member's certificate must bear.</summary>
    public SslClientAuthenticationOptions? Tls { get; init; }

    /// <summary>Largest message that is sent, in bytes.</summary>
    public int SendBytesMax { get; init; } = 2 * 1024 * 1024;

    /// <summary>Largest message that is taken, in bytes.</summary>
    public int ReceiveBytesMax { get; init; } = int.MaxValue;

    /// <summary>Makes the connection instead of a socket, for a member in the same process; null dials the endpoint. The argument is the endpoint.</summary>
    public Func<string, CancellationToken, ValueTask<Stream>>? Connect { get; init; }
}
