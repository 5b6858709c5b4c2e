using Google.Protobuf;
using Tenet.Protocol.Errors;

namespace Tenet.State.Apply;

/// <summary>What the member must do after an entry, besides answering.</summary>
[Flags]
public enum ApplyEffects
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The write was carried out over the quota: propose the NOSPACE alarm for this member before answering.</summary>
    NoSpaceAlarmDue = 1,

    /// <summary>An alarm was raised or cleared.</summary>
    AlarmsChanged = 2,

    /// <summary>The cluster version has been set.</summary>
    ClusterVersionSet = 4,

    /// <summary>The cluster version went down: a snapshot must go to disk soon, so that an older version need not replay what it does not know.</summary>
    ClusterVersionLowered = 8,

    /// <summary>A compaction was accepted: there is work for its loop.</summary>
    CompactionStarted = 16,
}

/// <summary>The result of an entry's request: a response, or a refusal, or neither if nobody was to be answered.</summary>
/// <param name="Response">The response. Its header, if it has one, holds the revision only.</param>
/// <param name="Error">The refusal. A write over the quota has both: it is carried out and refused.</param>
/// <param name="Effects">What to do besides.</param>
public readonly record struct ApplyOutcome(IMessage? Response = null, EtcdError? Error = null, ApplyEffects Effects = ApplyEffects.None);
