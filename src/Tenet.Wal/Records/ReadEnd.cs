namespace Tenet.Wal.Records;

/// <summary>Why reading stopped.</summary>
internal enum ReadEnd
{
    /// <summary>It has not.</summary>
    None,

    /// <summary>All segments are read.</summary>
    Finished,

    /// <summary>A record is there in part: what a power cut leaves of a write (etcd: unexpected EOF).</summary>
    Torn,
}
