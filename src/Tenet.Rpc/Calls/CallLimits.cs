namespace Tenet.Rpc.Calls;

/// <summary>The size limits of messages, in bytes.</summary>
internal sealed record CallLimits(int ReceiveBytesMax, int SendBytesMax);
