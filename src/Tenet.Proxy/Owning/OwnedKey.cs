using Google.Protobuf;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Proxy.Owning;

/// <summary>A key that this proxy owns, or is about to. Everything is guarded by the lock of <see cref="OwnedKeys"/>.</summary>
internal sealed class OwnedKey(ByteString key)
{
    public ByteString Key => key;

    /// <summary>Since which revision it is owned: the create revision of its leasing key; 0 until the servers have agreed.</summary>
    public long Revision { get; set; }

    /// <summary>The newest revision at which somebody was seen to have taken it away.</summary>
    public long LostAt { get; set; }

    /// <summary>What it holds; null while that is not known.</summary>
    public RangeResponse? Answer { get; set; }

    /// <summary>Whether the servers are being asked for it.</summary>
    public bool IsAsked { get; set; }

    /// <summary>How many writes of this proxy are under way.</summary>
    public int Writes { get; set; }

    /// <summary>Counts what makes an answer that was asked for before it worthless.</summary>
    public long Changes { get; set; }
}
