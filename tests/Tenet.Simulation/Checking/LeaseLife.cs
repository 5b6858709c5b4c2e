namespace Tenet.Simulation.Checking;

/// <summary>One lease as the cluster's log tells it.</summary>
/// <param name="Id">The lease.</param>
/// <param name="TtlSeconds">Its time to live as asked for; members may have raised it.</param>
/// <param name="GrantedIndex">The entry that made it.</param>
/// <param name="GrantedAt">When the first member applied that.</param>
internal sealed record LeaseLife(long Id, long TtlSeconds, ulong GrantedIndex, TimeSpan GrantedAt)
{
    /// <summary>The entry that ended it; 0 while it lives.</summary>
    public ulong EndedIndex { get; set; }

    /// <summary>When the first member applied that.</summary>
    public TimeSpan EndedAt { get; set; } = TimeSpan.MaxValue;

    /// <summary>Whether it was there after an entry.</summary>
    public bool LivesAt(ulong index) => GrantedIndex <= index && (EndedIndex == 0 || EndedIndex > index);
}
