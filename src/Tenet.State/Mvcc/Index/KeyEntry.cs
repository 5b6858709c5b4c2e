using Tenet.Foundation;

namespace Tenet.State.Mvcc.Index;

/// <summary>
/// A key of the index with its generations (contract/storage.md, 6.1). The newest revision is kept in place; whatever was before it is in
/// <see cref="History"/>. A deleted key's newest revision is the deletion, and its newest generation, the empty one, takes no space.
/// </summary>
internal struct KeyEntry
{
    public int KeyOffset;
    public int KeyLength;
    private int _sub;
    private long _main;
    private long _created;

    // How many changes the generation has seen; the complement (always negative) once it has ended in a deletion.
    private long _version;

    public KeyHistory? History { get; private set; }

    public readonly bool IsLive => _version >= 0;

    public readonly Revision Newest => new(_main, _sub);

    private readonly long Version => _version >= 0 ? _version : ~_version;

    private readonly PackedRevision Packed => new(_main, _sub);

    /// <summary>The first record that is met of a key while the index is rebuilt, or the first put of a new key.</summary>
    public void Begin(Revision revision, long created, long version, bool deleted)
    {
        _main = revision.Main;
        _sub = checked((int)revision.Sub);
        _created = created;
        _version = deleted ? ~version : version;
        History = null;
    }

    /// <summary>Adds a put.</summary>
    public void Put(Revision revision)
    {
        bool created = !IsLive;
        Advance(revision);
        if (created)
        {
            _created = revision.Main;
            _version = 1;
        }
        else
        {
            _version++;
        }
    }

    /// <summary>Adds a deletion, which ends the generation. False, and nothing done, if the key is deleted already.</summary>
    public bool Delete(Revision revision)
    {
        if (!IsLive)
            return false;
        Advance(revision);
        _version = ~(_version + 1);
        return true;
    }

    /// <summary>The key as it was at a revision; false if it did not exist then, or that is not known any more.</summary>
    public readonly bool TryGet(long at, out KeyVersion version)
    {
        version = default;
        if (_main <= at)
        {
            if (!IsLive)
                return false;
            version = new KeyVersion(Newest, _created, _version);
            return true;
        }

        return History != null && TryGetOlder(History, at, out version);
    }

    /// <summary>What compacting at a revision leaves of the key (contract/storage.md, 6.2).</summary>
    public readonly CompactionChoice Choose(long at)
    {
        if (History is { } history)
        {
            for (int i = 0; i < history.EndedCount; i++)
            {
                int end = history.Ended(i).End;
                if (history[end - 1].Main < at)
                    continue;
                int start = history.StartOf(i);
                int kept = history.LastAt(start, end, at);
                return kept < 0
                    ? new CompactionChoice { Drop = start }
                    : new CompactionChoice { HasKept = true, Kept = history[kept].Unpack(), KeptEndsGeneration = kept == end - 1, Drop = kept };
            }
        }

        if (!IsLive && _main < at)
            return new CompactionChoice { RemoveKey = true };
        if (_main <= at)
            return new CompactionChoice { HasKept = true, Kept = Newest, KeptEndsGeneration = !IsLive, Drop = History?.Count ?? 0 };
        if (History == null)
            return default;
        int newestStart = History.NewestStart;
        int last = History.LastAt(newestStart, History.Count, at);
        return last < 0
            ? new CompactionChoice { Drop = newestStart }
            : new CompactionChoice { HasKept = true, Kept = History[last].Unpack(), Drop = last };
    }

    /// <summary>Forgets the oldest revisions before the newest one.</summary>
    public void DropOldest(int count)
    {
        if (count == 0)
            return;
        if (count == History!.Count)
            History = null;
        else
            History.DropOldest(count);
    }

    /// <summary>Whether the index still refers to this revision of the key.</summary>
    public readonly bool Holds(Revision revision)
    {
        if (Newest == revision)
            return true;
        if (History == null)
            return false;
        for (int i = History.LastAt(0, History.Count, revision.Main); i >= 0 && History[i].Main == revision.Main; i--)
        {
            if (History[i].Sub == revision.Sub)
                return true;
        }

        return false;
    }

    private void Advance(Revision revision)
    {
        Invariant.That(revision > Newest, $"a key modified at {Newest} cannot change at {revision}");
        History ??= new KeyHistory();
        History.Append(Packed);
        if (!IsLive)
            History.EndGeneration(_created, Version);
        _main = revision.Main;
        _sub = checked((int)revision.Sub);
    }

    private readonly bool TryGetOlder(KeyHistory history, long at, out KeyVersion version)
    {
        version = default;
        int end = history.Count;
        int start = history.NewestStart;
        if (start < end && history[start].Main <= at)
        {
            int found = history.LastAt(start, end, at);
            version = new KeyVersion(history[found].Unpack(), _created, Version - (end - found));
            return true;
        }

        for (int i = history.EndedCount - 1; i >= 0; i--)
        {
            ref readonly KeyHistory.EndedGeneration generation = ref history.Ended(i);
            if (history[generation.End - 1].Main <= at)
                return false;
            start = history.StartOf(i);
            if (history[start].Main > at)
                continue;
            int found = history.LastAt(start, generation.End, at);
            version = new KeyVersion(history[found].Unpack(), generation.Created, generation.Version - (generation.End - 1 - found));
            return true;
        }

        return false;
    }
}
