using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Simulation.Checking;

/// <summary>
/// Leases live as long as they were promised to, counted in the world's time from the last acknowledged grant or renewal, and end after that
/// (contract/api.md, 2.4).
/// </summary>
/// <remarks>
/// A leader that has lost its office without knowing may renew for one election timeout longer than its successor knows of; the successor
/// gives every lease one election timeout on top for that. Clocks that drift and an election that a leader itself asked for make the two
/// unequal, hence the leeway of another election timeout.
/// </remarks>
internal sealed class LeaseChecker(ReferenceState reference, IReadOnlyList<Operation> operations, CheckerOptions options)
{
    /// <summary>How much later than invoked a call without an answer may still renew a lease.</summary>
    private static readonly TimeSpan CallMax = TimeSpan.FromSeconds(10);

    /// <summary>Checks all leases.</summary>
    /// <param name="now">The world's time at the end.</param>
    /// <param name="lastElection">When a member last began to lead, which starts every lease over.</param>
    public Violation? Check(TimeSpan now, TimeSpan lastElection)
    {
        ILookup<long, Operation> renewals = operations.Where(static operation => operation.Request is LeaseKeepAliveRequest)
            .ToLookup(static operation => ((LeaseKeepAliveRequest)operation.Request).ID);
        ILookup<long, Operation> revocations = operations.Where(static operation => operation.Request is LeaseRevokeRequest)
            .ToLookup(static operation => ((LeaseRevokeRequest)operation.Request).ID);
        foreach (LeaseLife life in reference.Leases)
        {
            string? problem = CheckNotEarly(life, renewals[life.Id], revocations[life.Id])
                ?? CheckNotDenied(life, renewals[life.Id])
                ?? CheckEnds(life, renewals[life.Id], now, lastElection);
            if (problem is not null)
                return new Violation(CheckerNames.Leases, $"lease {life.Id:x} of {life.TtlSeconds} s: {problem}");
        }

        return null;
    }

    private string? CheckNotEarly(LeaseLife life, IEnumerable<Operation> renewals, IEnumerable<Operation> revocations)
    {
        if (life.EndedIndex == 0 || revocations.Any(revocation => revocation.InvokedAt <= life.EndedAt))
            return null;
        TimeSpan least = TimeSpan.FromSeconds(life.TtlSeconds) / options.ClockRateMax;
        if (life.EndedAt < life.GrantedAt + least)
            return $"granted at {life.GrantedAt}, ended at {life.EndedAt}";
        foreach (Operation renewal in renewals)
        {
            if (renewal.Response is LeaseKeepAliveResponse { TTL: > 0 } && renewal.InvokedAt >= life.GrantedAt && renewal.InvokedAt < life.EndedAt
                && life.EndedAt < renewal.InvokedAt + least - options.ElectionTimeout)
            {
                return $"renewed at {renewal.InvokedAt} or later, ended at {life.EndedAt}: {renewal}";
            }
        }

        return null;
    }

    /// <summary>A leader that has lost its office without knowing does not know the newest leases either, but not for long.</summary>
    private string? CheckNotDenied(LeaseLife life, IEnumerable<Operation> renewals)
    {
        TimeSpan known = life.GrantedAt + 3 * options.ElectionTimeout * options.ClockRateMax;
        foreach (Operation renewal in renewals)
        {
            if (renewal.Response is LeaseKeepAliveResponse { TTL: 0 } && renewal.InvokedAt > known && renewal.CompletedAt < life.EndedAt)
                return $"it lived from {life.GrantedAt} to {life.EndedAt}, but {renewal} says that there is none";
        }

        return null;
    }

    private string? CheckEnds(LeaseLife life, IEnumerable<Operation> renewals, TimeSpan now, TimeSpan lastElection)
    {
        if (life.EndedIndex != 0)
            return null;
        TimeSpan counted = life.GrantedAt > lastElection ? life.GrantedAt : lastElection;
        foreach (Operation renewal in renewals)
        {
            TimeSpan latest = renewal.CompletedAt == TimeSpan.MaxValue ? renewal.InvokedAt + CallMax : renewal.CompletedAt;
            counted = latest > counted ? latest : counted;
        }

        // A member may have raised the time to live to one and a half election timeouts, in whole seconds.
        double ttl = Math.Max(life.TtlSeconds, Math.Ceiling(1.5 * options.ElectionTimeout.TotalSeconds));
        TimeSpan due = counted + TimeSpan.FromSeconds(ttl) * options.ClockRateMax + options.ElectionTimeout + options.RevocationMax;
        return now > due ? $"it should have ended by {due}, and still lives at {now}" : null;
    }
}
