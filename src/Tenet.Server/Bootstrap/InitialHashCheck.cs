using System.Globalization;
using Tenet.Foundation.Logging;
using Tenet.Protocol.Errors;
using Tenet.Server.Maintenance;
using Tenet.Server.Services;
using Tenet.State.Members;
using Tenet.State.Mvcc;

namespace Tenet.Server.Bootstrap;

/// <summary>
/// Before a member that has data goes on: whether its history is that of the others. One that differs while no majority is of its mind does
/// not start, as everything that it would answer is in doubt. One that a majority agrees with starts, which etcd's would not: the member
/// that differs must not keep the sound ones down.
/// </summary>
internal sealed class InitialHashCheck(MemberCore core, ulong clusterId)
{
    /// <exception cref="MemberStartException">It differs; the text is etcd's.</exception>
    public async Task RunAsync()
    {
        IReadOnlyList<ClusterMember> members = core.Members.Current.Members;
        if (!core.Options.InitialCorruptCheck || core.Options.ForceNewCluster || members.All(member => member.Id == core.MemberId))
            return;
        string self = core.MemberId.ToString("x", CultureInfo.InvariantCulture);
        core.Log.Info("starting initial corruption check", new LogField("local-member-id", self), new LogField("timeout", core.Options.RequestTimeout));
        Outcome<HashKvResult> outcome = core.Store.HashKv(0);
        if (outcome.IsRefused)
            throw new MemberStartException($"{self} failed to fetch hash ({outcome.Error.Message})");

        HashKvResult own = outcome.Response;
        var peers = new PeerHashes(core.Options, core.Seams, core.Members, core.MemberId, clusterId);
        IReadOnlyList<HashAnswer> answers = await peers.AskAsync(own.Revision, core.StoppingToken);
        foreach (HashAnswer answer in answers)
            Log(answer, own, self);
        HashVerdict verdict = HashVerdict.Of(core.MemberId, own, answers);
        if (verdict.Divergent.Count > 0 && verdict.Agreeing < members.Count / 2 + 1)
            throw new MemberStartException($"{self} found data inconsistency with peers");
        core.Log.Info("initial corruption checking passed; no corruption", new LogField("local-member-id", self));
    }

    private void Log(HashAnswer answer, HashKvResult own, string self)
    {
        string? line = answer switch
        {
            { Hash: { } hash } when HashVerdict.IsComparable(own, answer) => hash.Hash == own.Hash ? null : "found different hash values from remote peer",
            { Hash: { } hash } => hash.Hash == own.Hash ? null : "found different compact revision values from remote peer",
            { Failure: RefusalException refusal } when refusal.Error == EtcdErrors.FutureRevision => "cannot fetch hash from slow remote peer",
            { Failure: RefusalException refusal } when refusal.Error == EtcdErrors.Compacted => "cannot fetch hash from remote peer; local member is behind",
            _ => null,
        };
        if (line is null)
            return;
        core.Log.Warn(
            line,
            new LogField("local-member-id", self),
            new LogField("local-member-revision", own.Revision),
            new LogField("local-member-compact-revision", own.CompactRevision),
            new LogField("local-member-hash", own.Hash),
            new LogField("remote-peer-id", answer.Member.HexId),
            new LogField("remote-peer-endpoints", answer.Member.PeerUrls),
            new LogField("remote-peer-revision", answer.Hash?.Revision ?? 0),
            new LogField("remote-peer-compact-revision", answer.Hash?.CompactRevision ?? 0),
            new LogField("remote-peer-hash", answer.Hash?.Hash ?? 0));
    }
}
