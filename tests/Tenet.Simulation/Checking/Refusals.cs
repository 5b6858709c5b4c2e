using Tenet.Protocol.Errors;

namespace Tenet.Simulation.Checking;

/// <summary>Which errors prove that a request has had and will have no effect.</summary>
internal static class Refusals
{
    // Found before the request is proposed, or found when it is applied, which happens once: there is nothing left that could take effect.
    private static readonly EtcdError[] WithoutEffect =
    [
        EtcdErrors.EmptyKey, EtcdErrors.KeyNotFound, EtcdErrors.ValueIsProvided, EtcdErrors.LeaseIsProvided, EtcdErrors.TooManyOps,
        EtcdErrors.DuplicateKey, EtcdErrors.InvalidSortOption, EtcdErrors.Compacted, EtcdErrors.FutureRevision, EtcdErrors.LeaseNotFound,
        EtcdErrors.LeaseExists, EtcdErrors.LeaseTtlTooLarge, EtcdErrors.RequestTooLarge, EtcdErrors.TooManyRequests,
        EtcdErrors.NotSupportedForLearner, EtcdErrors.Corrupt,
    ];

    /// <summary>
    /// Whether the error rules an effect out. NOSPACE does not: the write that went over the quota was carried out and is answered with it.
    /// </summary>
    public static bool RuleOutEffect(EtcdError error)
    {
        foreach (EtcdError known in WithoutEffect)
        {
            if (known.Message == error.Message)
                return true;
        }

        return false;
    }
}
