using Tenet.Protocol.Errors;

namespace Tenet.Server.Services.Recipes;

/// <summary>
/// What recipes refuse. etcd runs them as a client of itself, whose errors have lost their gRPC code: callers get UNKNOWN, whatever refused
/// an operation of the recipe.
/// </summary>
internal static class RecipeErrors
{
    public static EtcdError SessionExpired { get; } = new(StatusCode.Unknown, "mutex: session is expired");

    public static EtcdError NotLeader { get; } = new(StatusCode.Unknown, "election: not leader");

    public static EtcdError NoLeader { get; } = new(StatusCode.Unknown, "election: no leader");

    public static EtcdError MissingLeader { get; } = new(StatusCode.Unknown, "\"leader\" field must be provided");

    /// <summary>What the caller is told when an operation of its recipe was refused.</summary>
    public static RefusalException ToCaller(RefusalException refusal) =>
        refusal.Error.Code == StatusCode.Unknown ? refusal : new EtcdError(StatusCode.Unknown, refusal.Error.Message).ToException();
}
