namespace Tenet.Bolt.Space;

/// <summary>What one transaction dropped and readers may still see.</summary>
internal sealed class PendingPages(ulong txId)
{
    public ulong TxId => txId;

    public List<PageSpan> Spans { get; } = [];

    public long PageCount { get; private set; }

    /// <summary>The newest reader older than the drop when releasing was last tried.</summary>
    public ulong? LookedAtWith { get; set; }

    public void Add(PageSpan span)
    {
        Spans.Add(span);
        PageCount += span.Count;
    }

    public void Recount()
    {
        PageCount = 0;
        foreach (PageSpan span in Spans)
            PageCount += span.Count;
    }
}
