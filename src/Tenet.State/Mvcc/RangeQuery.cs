using Tenet.State.Mvcc.Index;

namespace Tenet.State.Mvcc;

/// <summary>What is to be found in the index.</summary>
internal ref struct RangeQuery
{
    public KeyRange Range;

    /// <summary>The revision to read at; 0 or less reads the current one.</summary>
    public long Revision;

    /// <summary>How many keys to find at most; 0 finds all.</summary>
    public long Limit;

    /// <summary>Count the keys only.</summary>
    public bool CountOnly;

    /// <summary>Count all keys of the range, also those behind the limit.</summary>
    public bool CountAll;

    /// <summary>Collect create revision and version.</summary>
    public bool WithDetails;

    /// <summary>Collect the keys.</summary>
    public bool WithKeys;

    /// <summary>Inclusive bounds; 0 is none.</summary>
    public long MinModRevision;
    public long MaxModRevision;
    public long MinCreateRevision;
    public long MaxCreateRevision;

    /// <summary>The revision that counts as current: set by a write transaction, which sees its own changes. 0 takes the store's.</summary>
    public long CurrentRevision;

    /// <summary>The view to read from; null reads the store as it is.</summary>
    public ReadView? View;

    public readonly bool HasFilters => (MinModRevision | MaxModRevision | MinCreateRevision | MaxCreateRevision) != 0;

    public readonly bool Accepts(in KeyVersion version) =>
        (MaxModRevision == 0 || version.Modified.Main <= MaxModRevision)
        && (MinModRevision == 0 || version.Modified.Main >= MinModRevision)
        && (MaxCreateRevision == 0 || version.CreateRevision <= MaxCreateRevision)
        && (MinCreateRevision == 0 || version.CreateRevision >= MinCreateRevision);
}
