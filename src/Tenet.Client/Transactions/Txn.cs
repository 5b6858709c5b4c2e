using Tenet.Client.Calls;
using Tenet.Client.Calls.Methods;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Client;

/// <summary>Builds a transaction: <c>If</c> all conditions hold, <c>Then</c> these operations, <c>Else</c> those.</summary>
public sealed class Txn
{
    private readonly ICallInvoker _invoker;
    private readonly CallOptions _options;

    internal Txn(ICallInvoker invoker, CallOptions options) => (_invoker, _options) = (invoker, options);

    internal TxnRequest Message { get; } = new();

    /// <summary>Adds conditions; all must hold.</summary>
    public Txn If(params ReadOnlySpan<Condition> conditions)
    {
        foreach (Condition condition in conditions)
            Message.Compare.Add(condition.Message);
        return this;
    }

    /// <summary>Adds operations for the case that the conditions hold.</summary>
    public Txn Then(params ReadOnlySpan<Operation> operations)
    {
        foreach (Operation operation in operations)
            Message.Success.Add(operation.Message);
        return this;
    }

    /// <summary>Adds operations for the case that they do not.</summary>
    public Txn Else(params ReadOnlySpan<Operation> operations)
    {
        foreach (Operation operation in operations)
            Message.Failure.Add(operation.Message);
        return this;
    }

    /// <summary>Carries it out. Never repeated once it may have been carried out.</summary>
    public async Task<TxnResult> CommitAsync(CancellationToken cancellation = default) =>
        TxnResult.From(await _invoker.UnaryAsync(KvMethods.Txn, Message, _options, cancellation).ConfigureAwait(false));
}
