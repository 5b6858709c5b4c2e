using Tenet.Client.Calls;
using Tenet.Protocol.Errors;

namespace Tenet.Client;

/// <summary>Why a server ended a watch: a plain text, or an error as Go programs print it.</summary>
internal static class CancelReason
{
    private const string Start = "rpc error: code = ";
    private const string Middle = " desc = ";

    public static CallException Parse(string text)
    {
        int middle = text.IndexOf(Middle, StringComparison.Ordinal);
        if (!text.StartsWith(Start, StringComparison.Ordinal) || middle < 0)
            return new CallException(StatusCode.Unknown, text.Length > 0 ? text : "the watch was canceled by the server");
        string name = text[Start.Length..middle];
        StatusCode code = name == "Canceled" ? StatusCode.Cancelled : Enum.TryParse(name, out StatusCode known) ? known : StatusCode.Unknown;
        return new CallException(code, text[(middle + Middle.Length)..]);
    }
}
