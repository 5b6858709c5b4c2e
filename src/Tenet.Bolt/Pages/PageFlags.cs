namespace Tenet.Bolt.Pages;

/// <summary>The kinds of page and of leaf element (contract/storage.md, 4.1 and 4.3).</summary>
internal static class PageFlags
{
    public const ushort Branch = 0x01;
    public const ushort Leaf = 0x02;
    public const ushort Meta = 0x04;
    public const ushort Freelist = 0x10;

    /// <summary>On a leaf element: the value is the header of a nested bucket.</summary>
    public const uint BucketElement = 0x01;

    public static string NameOf(ushort flags) => flags switch
    {
        Branch => "branch",
        Leaf => "leaf",
        Meta => "meta",
        Freelist => "freelist",
        _ => $"unknown<{flags:x2}>",
    };
}
