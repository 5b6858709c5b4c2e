using System.Net.Security;
using Google.Protobuf;
using Tenet.Client.Calls;
using Tenet.Client.Calls.Methods;
using Tenet.Foundation.Logging;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Server.Bootstrap;
using Tenet.Transport.Tls;

namespace Tenet.Hosting.Discovery;

/// <summary>
/// Reads and writes a few keys of an etcd cluster, at the first of its endpoints that answers: each is asked once, because a start does not wait for one
/// that cannot be reached.
/// </summary>
internal sealed class EtcdDiscoveryClient : IDiscoveryClient, IDisposable
{
    private const int AnswerBytesMax = 16 << 20;

    private static readonly TimeSpan KeepAliveTimeMin = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan KeepAliveTimeoutMin = TimeSpan.FromSeconds(1);

    private readonly List<(string Url, Lazy<Channel> Channel)> _endpoints = [];
    private readonly string _user;
    private readonly string _password;
    private string? _token;

    /// <param name="options">Where the endpoints are (URLs, or hosts with a port) and how they are asked.</param>
    /// <param name="log">Told of certificates that cannot be read.</param>
    /// <exception cref="TlsSettingsException">The TLS settings do not serve.</exception>
    public EtcdDiscoveryClient(TenetOptions options, ILog log)
    {
        (_user, _password) = (options.DiscoveryUser, options.DiscoveryPassword);
        TlsSettings settings = options.DiscoveryTls;
        var tls = new TlsClient(settings, log);
        bool secure = !settings.IsEmpty || settings.TrustedCaFile.Length > 0 || !options.DiscoveryInsecureTransport;
        foreach (string endpoint in options.DiscoveryEndpoints)
        {
            string url = endpoint.Contains("://", StringComparison.Ordinal) ? endpoint.TrimEnd('/') : $"{(secure ? "https" : "http")}://{endpoint}";
            _endpoints.Add((url, new Lazy<Channel>(() => new Channel(url, new ChannelOptions
            {
                DialTimeout = options.DiscoveryDialTimeout,
                KeepAliveTime = options.DiscoveryKeepAliveTime > TimeSpan.Zero ? AtLeast(KeepAliveTimeMin, options.DiscoveryKeepAliveTime) : Timeout.InfiniteTimeSpan,
                KeepAliveTimeout = AtLeast(KeepAliveTimeoutMin, options.DiscoveryKeepAliveTimeout),
                ReceiveBytesMax = AnswerBytesMax,
                Tls = Uri.TryCreate(url, UriKind.Absolute, out Uri? parsed) && parsed.Scheme == Uri.UriSchemeHttps ? tls.Options(parsed.IdnHost, SslApplicationProtocol.Http2) : null,
            }))));
        }
    }

    public async Task<IReadOnlyList<DiscoveryRecord>> GetAsync(string key, bool prefix, CancellationToken cancellation)
    {
        var request = new RangeRequest { Key = ByteString.CopyFromUtf8(key) };
        if (prefix)
        {
            // The first key that does not begin so.
            byte[] end = request.Key.ToByteArray();
            end[^1]++;
            request.RangeEnd = ByteString.CopyFrom(end);
        }

        RangeResponse response = await CallAsync(KvMethods.Range, request, cancellation);
        return [.. response.Kvs.Select(static pair => new DiscoveryRecord(pair.Key.ToStringUtf8().Trim(), pair.Value.ToStringUtf8().Trim(), pair.CreateRevision))];
    }

    public Task PutAsync(string key, string value, CancellationToken cancellation) =>
        CallAsync(KvMethods.Put, new PutRequest { Key = ByteString.CopyFromUtf8(key), Value = ByteString.CopyFromUtf8(value) }, cancellation);

    public void Dispose()
    {
        foreach ((_, Lazy<Channel> channel) in _endpoints)
        {
            if (channel.IsValueCreated)
                channel.Value.Dispose();
        }
    }

    private async Task<TResponse> CallAsync<TRequest, TResponse>(ClientMethod<TRequest, TResponse> method, TRequest request, CancellationToken cancellation)
        where TRequest : class
        where TResponse : class
    {
        IOException? last = null;
        foreach ((string url, Lazy<Channel> channel) in _endpoints)
        {
            try
            {
                if (_token is null && _user.Length > 0 && _password.Length > 0)
                    _token = await AuthenticateAsync(channel.Value, cancellation);
                CallOptions options = _token is null ? CallOptions.None : new CallOptions { Metadata = [new("token", _token)] };
                return await channel.Value.UnaryAsync(method, request, options, cancellation);
            }
            catch (Exception failure) when (failure is CallException or FormatException)
            {
                // It may be that the token is not known any more; the next attempt asks for one.
                _token = null;
                last = new IOException($"{url}: {failure.Message}", failure);
            }
        }

        throw last ?? new IOException("there are no discovery endpoints");
    }

    private static TimeSpan AtLeast(TimeSpan shortest, TimeSpan time) => time < shortest ? shortest : time;

    private async Task<string?> AuthenticateAsync(Channel channel, CancellationToken cancellation)
    {
        try
        {
            return (await channel.UnaryAsync(AuthMethods.Authenticate, new AuthenticateRequest { Name = _user, Password = _password }, CallOptions.None, cancellation)).Token;
        }
        catch (CallException failure) when (failure.Message == EtcdErrors.AuthNotEnabled.Message)
        {
            // Whoever asks for nobody's name is content with any.
            return null;
        }
    }
}
