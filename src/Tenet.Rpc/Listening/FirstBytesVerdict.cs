namespace Tenet.Rpc.Listening;

/// <summary>What the first bytes of a connection say.</summary>
internal enum FirstBytesVerdict
{
    NeedsMore,
    Http1,
    Http2,
    Refused,
}
