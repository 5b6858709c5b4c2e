using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Client;

/// <summary>How a range is read.</summary>
public sealed record RangeOptions
{
    internal static RangeOptions Default { get; } = new();

    /// <summary>The revision as of which it is read; 0 for the newest.</summary>
    public long Revision { get; init; }

    /// <summary>Most keys in the answer; 0 for all.</summary>
    public long Limit { get; init; }

    /// <summary>Answered by one member from what it has, which may be behind; otherwise every write that was answered before is seen.</summary>
    public bool Serializable { get; init; }

    /// <summary>Keys without their values.</summary>
    public bool KeysOnly { get; init; }

    /// <summary>Only how many there are.</summary>
    public bool CountOnly { get; init; }

    /// <summary>The order; null for that of the keys.</summary>
    public SortBy? Sort { get; init; }

    /// <summary>Whether <see cref="Sort"/> goes downward.</summary>
    public bool Descending { get; init; }

    /// <summary>Only keys that came into being at this revision or earlier; 0 for all.</summary>
    public long MaxCreateRevision { get; init; }

    /// <summary>Only keys that were changed at this revision or later; 0 for all.</summary>
    public long MinModRevision { get; init; }

    internal RangeRequest ToRequest(KeyRange range)
    {
        var request = new RangeRequest
        {
            Key = range.Key,
            RangeEnd = range.End,
            Revision = Revision,
            Limit = Limit,
            Serializable = Serializable,
            KeysOnly = KeysOnly,
            CountOnly = CountOnly,
            MaxCreateRevision = MaxCreateRevision,
            MinModRevision = MinModRevision,
        };
        if (Sort is { } sort)
        {
            request.SortTarget = sort switch
            {
                SortBy.Key => RangeRequest.Types.SortTarget.Key,
                SortBy.Version => RangeRequest.Types.SortTarget.Version,
                SortBy.CreateRevision => RangeRequest.Types.SortTarget.Create,
                SortBy.ModRevision => RangeRequest.Types.SortTarget.Mod,
                _ => RangeRequest.Types.SortTarget.Value,
            };
            request.SortOrder = Descending ? RangeRequest.Types.SortOrder.Descend : RangeRequest.Types.SortOrder.Ascend;
        }
        return request;
    }
}
