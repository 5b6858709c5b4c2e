using Google.Protobuf.Reflection;
using Tenet.Protocol.Calls;
using Tenet.Protocol.Errors;
using Tenet.Rpc.Calls;
using Tenet.Rpc.Gateway.Json;

namespace Tenet.Rpc.Gateway;

/// <summary>How the calls of one method are answered in JSON. One subclass for each shape of call, and one for methods that the table lacks.</summary>
internal abstract class GatewayMethod(MethodDescriptor descriptor)
{
    /// <summary>The method's path in the table.</summary>
    public string Path { get; } = $"/{descriptor.Service.FullName}/{descriptor.Name}";

    protected MessageShape RequestShape { get; } = MessageShape.Of(descriptor.InputType);

    protected MessageShape ResponseShape { get; } = MessageShape.Of(descriptor.OutputType);

    /// <summary>Whether requests may go on coming while answers are sent.</summary>
    public bool IsDuplex { get; } = descriptor.IsClientStreaming;

    /// <summary>Answers one request. Throws only when the caller is gone.</summary>
    public abstract Task RunAsync(GatewayExchange exchange);

    /// <summary>The gateway's side of a method; <paramref name="row"/> is null where the table has none.</summary>
    public static GatewayMethod Of(MethodDescriptor descriptor, Method? row, CallHandler? handler)
    {
        if (row is null)
            return new MissingGatewayMethod(descriptor);
        Type open = row.GetType().GetGenericTypeDefinition() switch
        {
            Type type when type == typeof(UnaryMethod<,>) => typeof(UnaryGatewayMethod<,>),
            Type type when type == typeof(ServerStreamMethod<,>) => typeof(ServerStreamGatewayMethod<,>),
            Type type when type == typeof(DuplexMethod<,>) => typeof(DuplexGatewayMethod<,>),
            Type type => throw new ArgumentException($"no gateway for a method of type {type}"),
        };
        // Once for each method, at start.
        Type closed = open.MakeGenericType(row.GetType().GetGenericArguments());
        return (GatewayMethod)Activator.CreateInstance(closed, descriptor, row, handler!.Metrics)!;
    }

    /// <summary>Reads a message and refuses what is none. An empty body is an empty message.</summary>
    /// <returns>The message, or null after a refusal.</returns>
    protected async ValueTask<T?> ReadOnlyRequestAsync<T>(GatewayExchange exchange, IMessageCodec<T> codec)
        where T : class
    {
        EtcdError refusal;
        try
        {
            return await exchange.Body.ReadAsync(codec, RequestShape, exchange.Aborted) ?? codec.Read(default);
        }
        catch (RefusalException refused)
        {
            refusal = refused.Error;
        }

        await exchange.Reply.RefuseAsync(refusal);
        return null;
    }

    /// <summary>Refuses a call whose time is over before it has begun.</summary>
    protected static async ValueTask<bool> IsOverAsync(GatewayExchange exchange, GatewayCall call)
    {
        if (!call.Cancellation.IsCancellationRequested)
            return false;
        call.Failure = call.WhyCanceled();
        await exchange.Reply.RefuseAsync(call.Failure);
        return true;
    }

    /// <summary>Writes a message as JSON.</summary>
    protected void Write<T>(GatewayExchange exchange, JsonOutput output, T message, IMessageCodec<T> codec, bool html)
    {
        exchange.Services.Metrics.SentBytes.Add(codec.SizeOf(message));
        using JsonMessageWriter writer = new(output);
        writer.Begin(ResponseShape, html);
        codec.Write(message, writer);
        writer.End();
    }
}
