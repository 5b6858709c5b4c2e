using System.Buffers;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.State.Mvcc;

/// <summary>What a range found, already encoded as a RangeResponse has it, so that answering copies bytes once more and parses nothing.</summary>
public sealed class RangeResult : IDisposable
{
    /// <summary>The store's revision when it was read.</summary>
    public long Revision => throw new NotImplementedException();

    /// <summary>Keys in the range at the revision, whatever limit and filters left of them.</summary>
    public long Count => throw new NotImplementedException();

    /// <summary>Whether the limit cut something off.</summary>
    public bool More => throw new NotImplementedException();

    /// <summary>How many key-values it holds.</summary>
    public int Kvs => throw new NotImplementedException();

    /// <summary>The header that goes out with it; the server fills it in. Null writes none.</summary>
    public ResponseHeader? Header { get; set; }

    /// <summary>The encoded length of the whole response, in bytes.</summary>
    public long EncodedLength => throw new NotImplementedException();

    /// <summary>Writes the response.</summary>
    public void WriteTo(IBufferWriter<byte> output) => throw new NotImplementedException();

    /// <summary>The generated message.</summary>
    public RangeResponse ToResponse() => throw new NotImplementedException();

    /// <summary>Gives its buffers back.</summary>
    public void Dispose() => throw new NotImplementedException();
}
