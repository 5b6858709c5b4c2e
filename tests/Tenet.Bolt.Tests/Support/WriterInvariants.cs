using Tenet.Bolt.Files;
using Tenet.Bolt.Pages;

namespace Tenet.Bolt.Tests.Support;

/// <summary>What bbolt's writer relies on beyond its own check (contract/storage.md, 4.9, second table).</summary>
internal static class WriterInvariants
{
    public static void Check(BoltReadTransaction view, ReadOnlySpan<byte> bucket)
    {
        ulong root = view.Bucket(bucket)!.RootPage;
        if (root != 0)
            CheckPage(view.Snapshot.Pages, root, isRoot: true);
    }

    /// <returns>The first key of the subtree.</returns>
    private static byte[] CheckPage(PageSource pages, ulong id, bool isRoot)
    {
        PageView page = pages.Page(id);
        if (page.IsLeaf)
        {
            Assert.True(isRoot || page.Count > 0, $"leaf {id} is empty");
            return page.Count > 0 ? page.Key(0).ToArray() : [];
        }

        Assert.True(page.Count >= 2, $"branch {id} has one child");
        for (int i = 0; i < page.Count; i++)
            Assert.Equal(page.Key(i).ToArray(), CheckPage(pages, page.Child(i), isRoot: false));
        return page.Key(0).ToArray();
    }
}
