using Tenet.Server;

namespace Tenet.Hosting.Tests;

public sealed class EtcdUrlTests
{
    [Theory]
    [InlineData("http://127.0.0.1:2379", "http", "127.0.0.1", "2379", "127.0.0.1:2379")]
    [InlineData(" https://etcd.example:1 ", "https", "etcd.example", "1", "etcd.example:1")]
    [InlineData("http://[::1]:2379", "http", "::1", "2379", "[::1]:2379")]
    [InlineData("unix:///run/tenet.sock", "unix", "/run/tenet.sock", "", "/run/tenet.sock")]
    public void URLs_that_etcd_takes_are_taken(string text, string scheme, string host, string port, string address)
    {
        EtcdUrl url = EtcdUrl.Parse(text);
        Assert.Equal((text.Trim(), scheme, host, port, address), (url.Text, url.Scheme, url.Host, url.Port, url.Address));
    }

    [Theory]
    [InlineData("127.0.0.1:99", "parse \"127.0.0.1:99\": first path segment in URL cannot contain colon")]
    [InlineData("ftp://x", "URL scheme must be http, https, unix, or unixs: ftp://x")]
    [InlineData("", "URL scheme must be http, https, unix, or unixs: ")]
    [InlineData("http://127.0.0.1", "URL address does not have the form \"host:port\": http://127.0.0.1")]
    [InlineData("http://a:1:2", "URL address does not have the form \"host:port\": http://a:1:2")]
    [InlineData("http://127.0.0.1:1/foo", "URL must not contain a path: http://127.0.0.1:1/foo")]
    [InlineData("http://127.0.0.1:x", "parse \"http://127.0.0.1:x\": invalid port \":x\" after host")]
    [InlineData("http://[::1:2", "parse \"http://[::1:2\": missing ']' in host")]
    public void Others_are_refused_in_etcds_words(string text, string expected) =>
        Assert.Equal(expected, Assert.Throws<FormatException>(() => EtcdUrl.Parse(text)).Message);

    [Fact]
    public void A_list_is_sorted_and_each_url_is_in_it_once() =>
        Assert.Equal(["http://a:1", "http://b:1"], EtcdUrl.ParseList("http://b:1, http://a:1,http://b:1").Select(url => url.Text));

    [Theory]
    [InlineData("http://example.com:1", "expected IP in URL for binding (http://example.com:1)")]
    [InlineData("http://localhost:1", null)]
    [InlineData("http://0.0.0.0:1", null)]
    public void Only_addresses_and_localhost_are_listened_on(string text, string? problem) => Assert.Equal(problem, EtcdUrl.Parse(text).ListenProblem());
}
