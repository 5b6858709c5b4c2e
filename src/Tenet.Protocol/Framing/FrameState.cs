namespace Tenet.Protocol.Framing;

/// <summary>What was found at the head of a buffer of message frames.</summary>
public enum FrameState
{
    /// <summary>A whole frame.</summary>
    Complete,

    /// <summary>Less than a frame's header.</summary>
    NeedsHeader,

    /// <summary>A header, and less than the message it announces.</summary>
    NeedsPayload,

    /// <summary>A header that announces a message beyond the limit. Known as soon as the header is there.</summary>
    TooLarge,
}
