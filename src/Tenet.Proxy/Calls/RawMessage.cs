namespace Tenet.Proxy.Calls;

/// <summary>A message that the proxy passes on without looking into it, so that fields it does not know pass as well.</summary>
internal sealed class RawMessage(byte[] bytes)
{
    public byte[] Bytes { get; } = bytes;
}
