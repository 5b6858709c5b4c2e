using Google.Protobuf;
using Tenet.Protocol.Errors;

namespace Tenet.Server.Requests;

/// <summary>What became of a replicated request: a response, or the refusal that the client is told.</summary>
/// <param name="Response">The response, its header not filled yet; null on refusal.</param>
/// <param name="Error">The refusal, or null.</param>
/// <param name="AppliedIndex">The entry that carried the request; 0 if it was refused on the way.</param>
internal readonly record struct RequestResult(IMessage? Response, EtcdError? Error, ulong AppliedIndex = 0)
{
    public static RequestResult Refused(EtcdError error) => new(null, error);
}
