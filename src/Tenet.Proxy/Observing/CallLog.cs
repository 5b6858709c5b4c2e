using Google.Protobuf;
using Google.Protobuf.Reflection;
using Tenet.Foundation.Logging;
using Tenet.Protocol.Calls;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.V3electionpb;
using Tenet.Protocol.V3lockpb;
using Tenet.Proxy.Calls;

namespace Tenet.Proxy.Observing;

/// <summary>Writes every message of every call into the log.</summary>
internal sealed class CallLog(ILog log) : ICallObserver
{
    private static readonly Dictionary<string, MethodDescriptor> Described =
        new[] { RpcReflection.Descriptor, V3LockReflection.Descriptor, V3ElectionReflection.Descriptor }
            .SelectMany(static file => file.Services)
            .SelectMany(static service => service.Methods)
            .ToDictionary(static method => $"/{method.Service.FullName}/{method.Name}");

    public void Received(CallContext context, object? message, Exception? failure)
    {
        if (!log.IsEnabled(LogLevel.Info))
            return;
        // The end of a stream is told as an empty message, by the name that Go has for it.
        string? error = failure is OperationCanceledException ? "rpc error: code = Canceled desc = context canceled" : failure?.Message ?? (message is null ? "EOF" : null);
        Write("received payload logged as grpc.request.content field", "grpc.request", message is null ? "{}" : Text(message, Described[context.Method].InputType), error, context);
    }

    public void Sent(CallContext context, object? message, Exception? failure)
    {
        if (!log.IsEnabled(LogLevel.Info))
            return;
        string content = message is null ? "" : Text(message, Described[context.Method].OutputType);
        Write("returned response payload logged as grpc.response.content field", "grpc.response", content, failure is OperationCanceledException ? "context canceled" : failure?.Message, context);
    }

    private void Write(string line, string name, string content, string? error, CallContext context)
    {
        string method = context.Method;
        int slash = method.LastIndexOf('/');
        LogField[] fields =
        [
            new(name + ".error", error), new(name + ".content", content),
            new("grpc.service", method[1..slash]), new("grpc.method", method[(slash + 1)..]), new("peer.address", context.Peer),
        ];
        log.Info(line, fields.AsSpan(error is null ? 1 : 0));
    }

    private static string Text(object message, MessageDescriptor type)
    {
        try
        {
            return MessageText.Of(message as IMessage ?? type.Parser.ParseFrom(((RawMessage)message).Bytes));
        }
        catch (InvalidProtocolBufferException)
        {
            // It is passed on as it is; the server says what it thinks of it.
            return "";
        }
    }
}
