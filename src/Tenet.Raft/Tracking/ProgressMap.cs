using System.Diagnostics.CodeAnalysis;

namespace Tenet.Raft.Tracking;

/// <summary>
/// The progress of every member, walked in ascending order of ids. The set of members is fixed; what is known of each changes.
/// </summary>
internal sealed class ProgressMap
{
    private readonly ulong[] _ids;
    private readonly Progress[] _progress;

    private ProgressMap(ulong[] ids, Progress[] progress)
    {
        _ids = ids;
        _progress = progress;
    }

    /// <summary>No members.</summary>
    public static ProgressMap Empty { get; } = new([], []);

    /// <summary>How many members there are.</summary>
    public int Count => _ids.Length;

    /// <summary>The member at a position.</summary>
    public (ulong Id, Progress Progress) At(int position) => (_ids[position], _progress[position]);

    /// <summary>What is known of a member.</summary>
    public bool TryGet(ulong id, [NotNullWhen(true)] out Progress? progress)
    {
        int position = Array.BinarySearch(_ids, id);
        progress = position >= 0 ? _progress[position] : null;
        return progress is not null;
    }

    /// <summary>This map with one member added or replaced.</summary>
    public ProgressMap With(ulong id, Progress progress)
    {
        int position = Array.BinarySearch(_ids, id);
        return position >= 0
            ? new(_ids, [.. _progress[..position], progress, .. _progress[(position + 1)..]])
            : new(
                [.. _ids[..~position], id, .. _ids[~position..]],
                [.. _progress[..~position], progress, .. _progress[~position..]]);
    }

    /// <summary>This map without one member.</summary>
    public ProgressMap Without(ulong id)
    {
        int position = Array.BinarySearch(_ids, id);
        return position < 0
            ? this
            : new(
                [.. _ids[..position], .. _ids[(position + 1)..]],
                [.. _progress[..position], .. _progress[(position + 1)..]]);
    }

    /// <summary>The same members, each with a fresh start.</summary>
    public ProgressMap Restarted(Func<ulong, Progress, Progress> restart)
    {
        var progress = new Progress[_ids.Length];
        for (int i = 0; i < progress.Length; i++)
            progress[i] = restart(_ids[i], _progress[i]);
        return new(_ids, progress);
    }
}
