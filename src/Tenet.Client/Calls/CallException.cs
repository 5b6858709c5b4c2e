using Tenet.Protocol.Errors;

namespace Tenet.Client.Calls;

/// <summary>A call that ended with another status than OK. <see cref="Exception.Message"/> is the server's text, unchanged: etcd's clients recognise errors by it.</summary>
public sealed class CallException(StatusCode code, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>gRPC's status code. UNAVAILABLE also stands for an endpoint that could not be reached.</summary>
    public StatusCode Code { get; } = code;

    /// <summary>Whether the request cannot have reached a server, so that repeating it cannot carry it out twice.</summary>
    public bool NeverSent { get; init; }
}
