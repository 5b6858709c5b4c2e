using Google.Protobuf;
using Tenet.CommandLine;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Mvccpb;

namespace Tenet.Ctl.Output;

/// <summary>The fields format: <c>"Name" : value</c>, a line each.</summary>
internal sealed class FieldsWriter(OutputWriter output, bool isHex)
{
    /// <summary>The header, of a response that may have none. A revision is only said by those who know one.</summary>
    public void Header(ResponseHeader? header)
    {
        Identifier("ClusterID", header?.ClusterId ?? 0);
        Identifier("MemberID", header?.MemberId ?? 0);
        if (header?.Revision > 0)
            Value("Revision", header.Revision);
        Value("RaftTerm", header?.RaftTerm ?? 0);
    }

    /// <summary>A key, its revisions and its value.</summary>
    public void Pair(string prefix, KeyValue pair)
    {
        Quoted(prefix + "Key", pair.Key);
        Value(prefix + "CreateRevision", pair.CreateRevision);
        Value(prefix + "ModRevision", pair.ModRevision);
        Value(prefix + "Version", pair.Version);
        Quoted(prefix + "Value", pair.Value);
        Lease(prefix + "Lease", pair.Lease);
    }

    public void Value(string name, object value) => output.Line($"\"{name}\" : {(value is bool truth ? (truth ? "true" : "false") : value)}");

    public void Quoted(string name, string text) => Value(name, GoQuote.Text(text));

    public void Quoted(string name, ByteString bytes) => Value(name, GoQuote.Bytes(bytes.Span));

    /// <summary>The ID of a member or a cluster.</summary>
    public void Identifier(string name, ulong identifier) => Value(name, isHex ? identifier.ToString("x") : identifier);

    /// <summary>The ID of a lease.</summary>
    public void Lease(string name, long lease) => Value(name, isHex ? lease.ToString("x16") : lease);

    public void Line(string text) => output.Line(text);

    public void Blank() => output.Line();
}
