using Google.Protobuf;
using Tenet.Protocol.Errors;

namespace Tenet.Simulation.Checking;

/// <summary>
/// One call of a client, from invocation to answer. Request and response are the messages of etcd's own API: Range, Put, DeleteRange, Txn,
/// Compaction, LeaseGrant, LeaseRevoke, LeaseKeepAlive. A client that calls again after an unknown outcome has made two operations.
/// </summary>
internal sealed class Operation
{
    /// <summary>The request as the client sent it; nobody changes it afterwards.</summary>
    public required IMessage Request { get; init; }

    /// <summary>Place of the invocation in the order of all invocations and answers of the history; no two are equal.</summary>
    public required long Invoked { get; init; }

    /// <summary>Place of the answer in the same order; <see cref="long.MaxValue"/> if there was none.</summary>
    public long Completed { get; set; } = long.MaxValue;

    /// <summary>Time of the invocation in the world's own time, as leases count; zero where nobody asks.</summary>
    public TimeSpan InvokedAt { get; init; }

    /// <summary>Time of the answer in the world's own time.</summary>
    public TimeSpan CompletedAt { get; set; } = TimeSpan.MaxValue;

    /// <summary>Who called; for messages only.</summary>
    public int Client { get; init; }

    /// <summary>The member that was asked.</summary>
    public ulong Member { get; init; }

    /// <summary>Which start of that member was asked: a serializable read may see an older state after a restart.</summary>
    public int Life { get; init; }

    /// <summary>What is known.</summary>
    public OperationOutcome Outcome { get; private set; }

    /// <summary>The answer, if there was one.</summary>
    public IMessage? Response { get; private set; }

    /// <summary>The refusal, if it was refused.</summary>
    public EtcdError? Refusal { get; private set; }

    /// <summary>The call was answered.</summary>
    public void Answer(IMessage response, long completed, TimeSpan completedAt = default)
    {
        Response = response;
        Outcome = OperationOutcome.Answered;
        Completed = completed;
        CompletedAt = completedAt;
    }

    /// <summary>The call ended with an error: without effect, if the error says so, else with nothing known.</summary>
    public void Fail(EtcdError error, long completed, TimeSpan completedAt = default)
    {
        if (!Refusals.RuleOutEffect(error))
            return;
        Refusal = error;
        Outcome = OperationOutcome.Refused;
        Completed = completed;
        CompletedAt = completedAt;
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"client {Client} at member {Member:x} [{Invoked}..{(Completed == long.MaxValue ? "" : Completed)}] {Request.GetType().Name} {Request} -> "
        + Outcome switch
        {
            OperationOutcome.Answered => $"{Response}",
            OperationOutcome.Refused => $"refused: {Refusal?.Message}",
            _ => "unknown",
        };
}
