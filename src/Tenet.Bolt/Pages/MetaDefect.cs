using Tenet.Foundation;

namespace Tenet.Bolt.Pages;

/// <summary>Why a meta page cannot be used; the offset counts from the start of the page.</summary>
internal sealed record MetaDefect(int Offset, string Expected, string Found)
{
    public CorruptionException At(string path, long pageOffset) => new(path, pageOffset + Offset, Expected, Found);
}
