namespace Tenet.Wal;

/// <summary>Hears what appending costs. Called on the appending thread, so it returns at once.</summary>
public interface IWalObserver
{
    /// <summary>Bytes went to the operating system.</summary>
    void Written(long bytes, TimeSpan elapsed);

    /// <summary>A segment was made durable.</summary>
    void Synced(TimeSpan elapsed);
}
