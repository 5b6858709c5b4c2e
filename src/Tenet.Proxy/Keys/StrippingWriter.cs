using Tenet.Protocol.Calls;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Proxy.Keys;

/// <summary>Takes the namespace off the pieces of a streamed range.</summary>
internal sealed class StrippingWriter(IResponseWriter<RangeStreamResponse> output, KeyPrefix prefix) : IResponseWriter<RangeStreamResponse>
{
    public ValueTask WriteAsync(RangeStreamResponse message, CancellationToken cancellation, bool moreFollows = false)
    {
        if (message.RangeResponse is { } piece)
            prefix.Strip(piece);
        return output.WriteAsync(message, cancellation, moreFollows);
    }
}
