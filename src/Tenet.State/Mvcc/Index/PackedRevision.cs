namespace Tenet.State.Mvcc.Index;

/// <summary>A revision in 16 bytes of an array: a transaction never has as many changes as an int can count.</summary>
internal readonly struct PackedRevision(long main, int sub)
{
    public readonly long Main = main;
    public readonly int Sub = sub;

    public PackedRevision(Revision revision)
        : this(revision.Main, checked((int)revision.Sub))
    {
    }

    public Revision Unpack() => new(Main, Sub);
}
