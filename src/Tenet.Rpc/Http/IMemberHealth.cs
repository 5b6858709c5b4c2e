using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Rpc.Http;

/// <summary>What the health pages ask of the member. Called from any thread.</summary>
public interface IMemberHealth
{
    /// <summary>The kinds of the alarms that are raised, in the order of the alarm list.</summary>
    IReadOnlyList<AlarmType> Alarms { get; }

    /// <summary>Whether a leader is known.</summary>
    bool HasLeader { get; }

    /// <summary>Whether this member is a learner.</summary>
    bool IsLearner { get; }

    /// <summary>
    /// Reads (keys only, limit 1, the empty key, root's rights) within the request timeout. Null if that went well, else the error's text.
    /// A serializable read asks only this member; the other kind proves that the cluster agrees.
    /// </summary>
    ValueTask<string?> ProbeReadAsync(bool serializable, CancellationToken cancellation);
}
