using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Client;

/// <summary>The answer to a transaction.</summary>
/// <param name="Succeeded">Whether all conditions held, so that <c>Then</c> was carried out; otherwise <c>Else</c> was.</param>
/// <param name="Revision">The store's revision afterwards.</param>
/// <param name="Results">One result for each operation that was carried out, in order.</param>
public sealed record TxnResult(bool Succeeded, long Revision, IReadOnlyList<OperationResult> Results)
{
    internal static TxnResult From(TxnResponse response)
    {
        var results = new OperationResult[response.Responses.Count];
        for (int i = 0; i < results.Length; i++)
            results[i] = new OperationResult(response.Responses[i]);
        return new TxnResult(response.Succeeded, response.Header?.Revision ?? 0, results);
    }
}
