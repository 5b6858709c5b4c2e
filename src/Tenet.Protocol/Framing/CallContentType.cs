namespace Tenet.Protocol.Framing;

/// <summary>The content types that mean gRPC: <c>application/grpc</c>, alone or followed by <c>+</c> or <c>;</c> and a subtype.</summary>
public static class CallContentType
{
    /// <summary>The type without subtype.</summary>
    public const string Plain = "application/grpc";

    /// <summary>
    /// Whether a request's content type means gRPC, and the content type of its response: the subtype comes back behind a plus sign.
    /// </summary>
    public static bool TryAccept(string? requested, out string answered)
    {
        answered = Plain;
        if (requested is Plain)
            return true;
        if (requested is null || !requested.StartsWith(Plain, StringComparison.Ordinal) || requested[Plain.Length] is not ('+' or ';'))
            return false;
        string subtype = requested[(Plain.Length + 1)..];
        answered = subtype.Length == 0 ? Plain : $"{Plain}+{subtype}";
        return true;
    }
}
