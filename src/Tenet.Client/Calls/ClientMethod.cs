using Google.Protobuf;
using Tenet.Protocol.Calls;

namespace Tenet.Client.Calls;

/// <summary>A method of etcd's API as a caller sees it: its path, and how its messages are written and read.</summary>
public sealed record ClientMethod<TRequest, TResponse>(string Path, IMessageCodec<TRequest> RequestCodec, IMessageCodec<TResponse> ResponseCodec)
    where TRequest : class
    where TResponse : class;

/// <summary>Makes methods.</summary>
public static class ClientMethod
{
    /// <summary>A method with the generated codecs of its messages.</summary>
    public static ClientMethod<TRequest, TResponse> Of<TRequest, TResponse>(string path)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse>, new()
        => new(path, ProtobufCodec<TRequest>.Instance, ProtobufCodec<TResponse>.Instance);
}
