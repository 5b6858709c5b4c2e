using Tenet.Client.Calls.Methods;
using Tenet.Protocol.Calls;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Proxy.Calls;

namespace Tenet.Proxy.Members;

/// <summary>
/// Answers who the members are with the proxies, so that clients which follow that list stay behind them: those of the resolver prefix, else this
/// one by its advertised address. Without such an address the servers' members are told.
/// </summary>
internal sealed class ClusterProxy(Upstream upstream, string advertised, ProxyDirectory? directory)
{
    public IReadOnlyList<Method> Rows => [MethodRows.Unary(ClusterMethods.MemberList, ListAsync)];

    private ValueTask<MemberListResponse> ListAsync(MemberListRequest request, CallContext context)
    {
        if (advertised.Length == 0)
            return upstream.CallAsync(ClusterMethods.MemberList, request, Caller.Of(context), context.Cancellation);
        MemberListResponse response = new();
        if (directory is not null)
            response.Members.Add(directory.Members);
        if (response.Members.Count == 0)
            response.Members.Add(new Member { Name = Environment.MachineName, ClientURLs = { advertised } });
        return new(response);
    }
}
