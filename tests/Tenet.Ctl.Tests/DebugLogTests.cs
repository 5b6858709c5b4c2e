namespace Tenet.Ctl.Tests;

public sealed class DebugLogTests
{
    private const string Passed = "\"logger\":\"etcd-client\",\"msg\":\"127.0.0.1:1 is passed over for a while: ";

    [Theory]
    [InlineData(true, "--debug")]
    [InlineData(false, "--debug=false")]
    public async Task Debug_tells_which_endpoint_fails(bool told, string flag)
    {
        (int code, string output, string error) = await Tool.RunAsync("get", "a", "--endpoints", "127.0.0.1:1", "--command-timeout", "200ms", flag);
        Assert.NotEqual(0, code);
        Assert.Equal("", output);
        Assert.Equal(told, error.Contains(Passed, StringComparison.Ordinal));
        Assert.Equal(told, error.Contains("ETCDCTL_ENDPOINTS=", StringComparison.Ordinal));
    }
}
