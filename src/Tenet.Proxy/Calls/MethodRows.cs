using Google.Protobuf;
using Google.Protobuf.Reflection;
using Tenet.Client.Calls;
using Tenet.Protocol.Calls;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.V3electionpb;
using Tenet.Protocol.V3lockpb;

namespace Tenet.Proxy.Calls;

/// <summary>Rows of the proxy's method table.</summary>
internal static class MethodRows
{
    /// <summary>What these do to rights or to keys, only the server knows.</summary>
    private static readonly string[] Changing = ["etcdserverpb.Auth", "v3lockpb.Lock", "v3electionpb.Election"];

    /// <summary>A call that the proxy takes a part in.</summary>
    public static Method Unary<TRequest, TResponse>(ClientMethod<TRequest, TResponse> method, Func<TRequest, CallContext, ValueTask<TResponse>> handler)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse>, new()
        => new UnaryMethod<TRequest, TResponse>(method.Path, method.RequestCodec, method.ResponseCodec, handler);

    /// <summary>Streams both ways in which the proxy takes a part.</summary>
    public static Method Duplex<TRequest, TResponse>(
        ClientMethod<TRequest, TResponse> method, Func<IRequestReader<TRequest>, IResponseWriter<TResponse>, CallContext, Task> handler)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse>, new()
        => new DuplexMethod<TRequest, TResponse>(method.Path, method.RequestCodec, method.ResponseCodec, handler);

    /// <summary>The given rows, and for each other call of etcd's services one that passes it on as it is.</summary>
    /// <param name="own">The rows of calls that the proxy takes a part in.</param>
    /// <param name="upstream">Where the others go.</param>
    /// <param name="changed">Called after each call that may have changed rights, or keys that it does not name.</param>
    public static IReadOnlyList<Method> Complete(IReadOnlyList<Method> own, Upstream upstream, Action changed)
    {
        HashSet<string> taken = [.. own.Select(static method => method.Path)];
        List<Method> all = [.. own];
        IEnumerable<MethodDescriptor> described = new[] { RpcReflection.Descriptor, V3LockReflection.Descriptor, V3ElectionReflection.Descriptor }
            .SelectMany(static file => file.Services)
            .SelectMany(static service => service.Methods);
        foreach (MethodDescriptor method in described)
        {
            string path = $"/{method.Service.FullName}/{method.Name}";
            if (!taken.Contains(path))
                all.Add(Passed(path, method, upstream, changed));
        }
        return all;
    }

    private static Method Passed(string path, MethodDescriptor method, Upstream upstream, Action changed)
    {
        ClientMethod<RawMessage, RawMessage> raw = new(path, RawCodec.Instance, RawCodec.Instance);
        // What waits for others, or goes on without an end.
        bool endless = method.Name is "Lock" or "Campaign" or "Observe";
        if (method.IsServerStreaming)
        {
            return new ServerStreamMethod<RawMessage, RawMessage>(
                path, RawCodec.Instance, RawCodec.Instance, (request, output, context) => upstream.StreamAsync(raw, request, output, Caller.Of(context), context.Cancellation))
            {
                Endless = endless,
            };
        }
        if (!Changing.Contains(method.Service.FullName))
        {
            return new UnaryMethod<RawMessage, RawMessage>(
                path, RawCodec.Instance, RawCodec.Instance, (request, context) => upstream.CallAsync(raw, request, Caller.Of(context), context.Cancellation))
            {
                Endless = endless,
            };
        }
        return new UnaryMethod<RawMessage, RawMessage>(path, RawCodec.Instance, RawCodec.Instance, async (request, context) =>
        {
            try
            {
                return await upstream.CallAsync(raw, request, Caller.Of(context), context.Cancellation);
            }
            finally
            {
                changed();
            }
        })
        {
            Endless = endless,
        };
    }
}
