using System.Buffers.Binary;
using Tenet.Bolt.Files;
using Tenet.Bolt.Pages;

namespace Tenet.Bolt.Trees;

/// <summary>Puts entries of a node into the form of a page (contract/storage.md, 4.3).</summary>
internal static class NodeWriter
{
    public static void WritePage(SequentialPageWriter writer, ulong id, uint overflow, Node node, int from, int to)
    {
        Header(id, overflow, node, to - from).Write(writer.Take(PageHeader.Bytes));
        long data = (long)(to - from) * PageView.ElementBytes;
        for (int i = from; i < to; i++)
            WriteElement(writer.Take(PageView.ElementBytes), node, i, from, ref data);
        for (int i = from; i < to; i++)
        {
            writer.Append(node[i].Key.Span);
            writer.Append(node[i].Value.Span);
        }
    }

    /// <summary>The page image of a whole leaf, for a bucket stored within its parent; its id is 0.</summary>
    public static void WriteInline(Span<byte> page, Node node)
    {
        Header(0, 0, node, node.Count).Write(page);
        long data = (long)node.Count * PageView.ElementBytes;
        Span<byte> elements = page[PageHeader.Bytes..];
        Span<byte> rest = elements[(int)data..];
        for (int i = 0; i < node.Count; i++)
        {
            WriteElement(elements.Slice(i * PageView.ElementBytes, PageView.ElementBytes), node, i, 0, ref data);
            node[i].Key.Span.CopyTo(rest);
            rest = rest[node[i].Key.Length..];
            node[i].Value.Span.CopyTo(rest);
            rest = rest[node[i].Value.Length..];
        }
    }

    private static PageHeader Header(ulong id, uint overflow, Node node, int count) =>
        new(id, node.IsLeaf ? PageFlags.Leaf : PageFlags.Branch, (ushort)count, overflow);

    /// <param name="element">Where the element goes.</param>
    /// <param name="node">The node.</param>
    /// <param name="index">The entry.</param>
    /// <param name="first">The first entry of the page.</param>
    /// <param name="data">Where the entry's key begins, from the first element on; moved behind the entry.</param>
    private static void WriteElement(Span<byte> element, Node node, int index, int first, ref long data)
    {
        ref NodeEntry entry = ref node[index];
        uint position = (uint)(data - (long)(index - first) * PageView.ElementBytes);
        if (node.IsLeaf)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(element, entry.Flags);
            BinaryPrimitives.WriteUInt32LittleEndian(element[4..], position);
            BinaryPrimitives.WriteUInt32LittleEndian(element[8..], (uint)entry.Key.Length);
            BinaryPrimitives.WriteUInt32LittleEndian(element[12..], (uint)entry.Value.Length);
        }
        else
        {
            BinaryPrimitives.WriteUInt32LittleEndian(element, position);
            BinaryPrimitives.WriteUInt32LittleEndian(element[4..], (uint)entry.Key.Length);
            BinaryPrimitives.WriteUInt64LittleEndian(element[8..], entry.Page);
        }

        data += entry.Key.Length + entry.Value.Length;
    }
}
