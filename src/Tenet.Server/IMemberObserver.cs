using Tenet.Raft;

namespace Tenet.Server;

/// <summary>Is told what a member carries out, before its effects can be seen. For simulations; called on the apply loop.</summary>
internal interface IMemberObserver
{
    /// <summary>A committed entry is about to be applied; after a restart the first ones may be in the backend already.</summary>
    void Applying(in Entry entry);

    /// <summary>A leader's snapshot takes the place of all entries up to its index.</summary>
    void Installing(Snapshot snapshot);
}
