using Tenet.Raft;

namespace Tenet.Wal;

/// <summary>A snapshot record: from here the log can be read without what came before (contract/storage.md, 2.4).</summary>
/// <param name="Index">The last index that the snapshot covers; 0 in the record that every log begins with.</param>
/// <param name="Term">The term of the entry at that index.</param>
/// <param name="ConfState">The membership at that index; absent at index 0 and in records of etcd 3.4 and older.</param>
public sealed record WalSnapshot(ulong Index, ulong Term, ConfState? ConfState)
{
    /// <summary>The beginning of every log.</summary>
    public static WalSnapshot Beginning { get; } = new(0, 0, null);
}
