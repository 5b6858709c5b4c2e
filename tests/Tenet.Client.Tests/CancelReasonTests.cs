using Tenet.Client.Calls;
using Tenet.Protocol.Errors;

namespace Tenet.Client.Tests;

public sealed class CancelReasonTests
{
    [Theory]
    [InlineData("rpc error: code = PermissionDenied desc = etcdserver: permission denied", StatusCode.PermissionDenied, "etcdserver: permission denied")]
    [InlineData("rpc error: code = Canceled desc = etcdserver: watch canceled", StatusCode.Cancelled, "etcdserver: watch canceled")]
    [InlineData("rpc error: code = NewInGo desc = something", StatusCode.Unknown, "something")]
    [InlineData("mvcc: watcher range is empty", StatusCode.Unknown, "mvcc: watcher range is empty")]
    [InlineData("", StatusCode.Unknown, "the watch was canceled by the server")]
    public void The_reason_of_a_cancelled_watch_is_an_error_like_others(string text, StatusCode code, string message)
    {
        CallException reason = CancelReason.Parse(text);
        Assert.Equal((code, message), (reason.Code, reason.Message));
    }
}
