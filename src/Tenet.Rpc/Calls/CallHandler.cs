using Tenet.Protocol.Calls;

namespace Tenet.Rpc.Calls;

/// <summary>How the calls of one method run. One subclass for each shape of call.</summary>
internal abstract class CallHandler(MethodMetrics metrics)
{
    /// <summary>The method's counters.</summary>
    public MethodMetrics Metrics { get; } = metrics;

    /// <summary>Whether a stopping server cancels the call at once.</summary>
    public abstract bool Endless { get; }

    /// <summary>Answers one call. The returned task never fails.</summary>
    public abstract Task RunAsync(GrpcCall call);

    /// <summary>The handler of a row of the method table.</summary>
    public static CallHandler Of(Method method, RpcMetrics metrics)
    {
        (Type open, string label) = method.GetType().GetGenericTypeDefinition() switch
        {
            Type type when type == typeof(UnaryMethod<,>) => (typeof(UnaryHandler<,>), "unary"),
            Type type when type == typeof(ServerStreamMethod<,>) => (typeof(ServerStreamHandler<,>), "server_stream"),
            Type type when type == typeof(DuplexMethod<,>) => (typeof(DuplexHandler<,>), "bidi_stream"),
            Type type => throw new ArgumentException($"no handler for a method of type {type}"),
        };
        var counters = new MethodMetrics(metrics, label, method.Service, method.Name);
        // Once for each method, at start.
        Type closed = open.MakeGenericType(method.GetType().GetGenericArguments());
        return (CallHandler)Activator.CreateInstance(closed, method, counters)!;
    }
}
