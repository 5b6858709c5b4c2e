using Tenet.Client.Calls;
using Tenet.Protocol.Errors;

namespace Tenet.Client.Routing;

/// <summary>Which ends of a long stream are only ends of its connection, so that its owner opens another.</summary>
internal static class StreamEnds
{
    private static readonly TimeSpan PauseMin = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan PauseMax = TimeSpan.FromMilliseconds(500);

    /// <summary>Whether a stream that ended so may be opened again.</summary>
    public static bool MayReopen(CallException end, ClientInvoker invoker) => !invoker.IsDisposed &&
        (end.Code is StatusCode.Unavailable or StatusCode.Internal or StatusCode.Cancelled
         || end.Message == EtcdErrors.NotCapable.Message
         || (end.Message == EtcdErrors.NotSupportedForLearner.Message && invoker.Pool.Count > 1)
         || invoker.Credentials.IsRefusal(end.Message));

    /// <summary>Waits before a stream is opened again, longer after each failure in a row.</summary>
    public static Task PauseAsync(int failures, CancellationToken cancellation)
    {
        TimeSpan pause = PauseMin * (1 << Math.Min(failures, 10));
        return Task.Delay(pause < PauseMax ? pause : PauseMax, cancellation);
    }
}
