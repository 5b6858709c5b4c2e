using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Server.Services;

/// <summary>Fills what every response's header holds (contract/api.md, 2.1): who answers, and where the store is unless the operation said so.</summary>
internal sealed class ResponseHeaders(ulong clusterId, ulong memberId, EngineState state, Func<long> currentRevision)
{
    /// <summary>A new header with all four fields.</summary>
    public ResponseHeader New() => Fill(null);

    /// <summary>A new header without a revision, as the Cluster service has it.</summary>
    public ResponseHeader WithoutRevision() => new() { ClusterId = clusterId, MemberId = memberId, RaftTerm = state.Term };

    /// <summary>Completes a header; a revision that is already there stays.</summary>
    public ResponseHeader Fill(ResponseHeader? header)
    {
        header ??= new ResponseHeader();
        header.ClusterId = clusterId;
        header.MemberId = memberId;
        header.RaftTerm = state.Term;
        if (header.Revision == 0)
            header.Revision = currentRevision();
        return header;
    }
}
