using Google.Protobuf;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Mvccpb;

namespace Tenet.Simulation.Checking;

/// <summary>What a request would be answered at one revision, and what it would change. Headers of responses are left out.</summary>
/// <param name="Response">The answer; null if it is refused.</param>
/// <param name="Refusal">Why it is refused.</param>
/// <param name="Changes">What the next revision would hold; empty for none.</param>
internal sealed record Execution(IMessage? Response, EtcdError? Refusal, IReadOnlyList<Event> Changes);
