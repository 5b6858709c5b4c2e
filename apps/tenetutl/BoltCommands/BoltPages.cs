using System.Buffers.Binary;
using System.Globalization;
using Tenet.Bolt;
using Tenet.Bolt.Inspection;
using Tenet.CommandLine;
using Tenet.Foundation;
using Tenet.Foundation.Files;

namespace Tenet.Utl.BoltCommands;

/// <summary>The commands that show a db file page by page (contract/api.md, 10.5). All but the table also work on files that no transaction can read.</summary>
internal sealed class BoltPages(IFileSystem files, OutputWriter output, TimeSpan? lockTimeout)
{
    private const string Separator = "===============================================";
    private const int LineBytes = 16;

    /// <summary>A table of all pages.</summary>
    public void List(string path)
    {
        using BoltDatabase database = BoltFileSource.Open(files, path, lockTimeout);
        using BoltReadTransaction view = database.BeginRead();
        using BoltFile file = BoltFile.Open(files, path);
        HashSet<ulong> free = [.. view.FreePages()];
        output.Line("ID       TYPE       ITEMS  OVRFLW");
        output.Line("======== ========== ====== ======");
        ulong end = (ulong)(view.Size / database.PageSize);
        for (ulong id = 0; id < end; id++)
        {
            if (free.Contains(id))
            {
                WriteRow(id, "free", "", "");
                continue;
            }

            BoltPage page = file.ReadPage(id);
            WriteRow(id, page.Type, page.Count.ToString(CultureInfo.InvariantCulture), page.Overflow > 0 ? page.Overflow.ToString(CultureInfo.InvariantCulture) : "");
            id += page.Overflow;
        }
    }

    /// <summary>Pages in readable form. A page that cannot be read is said to be so, and the next one follows.</summary>
    public void Show(string path, IReadOnlyList<ulong> ids, string format)
    {
        BoltFileSource.Require(files, path);
        using BoltFile file = BoltFile.Open(files, path);
        for (int i = 0; i < ids.Count; i++)
        {
            if (i > 0)
                output.Line(Separator);
            TryShow(file, ids[i], format);
        }
    }

    /// <summary>All pages in readable form.</summary>
    public void ShowAll(string path, string format)
    {
        BoltFileSource.Require(files, path);
        using BoltFile file = BoltFile.Open(files, path);
        ulong end = file.HighWater;
        for (ulong id = 0; id < end; id++)
        {
            if (id > 0)
                output.Line(Separator);
            id += TryShow(file, id, format);
        }
    }

    /// <summary>Key and value of one item of a leaf.</summary>
    public void ShowItem(string path, ulong id, ulong item, bool keyOnly, bool valueOnly, string format)
    {
        if (keyOnly && valueOnly)
            throw new UtlException("the --key-only or --value-only flag may be set, but not both");
        BoltFileSource.Require(files, path);
        using BoltFile file = BoltFile.Open(files, path);
        BoltPage page = file.ReadPage(id);
        if (item >= (ulong)page.Count)
            throw new UtlException($"leafPageElement: expected item index less than {page.Count}, but got {item}");
        if (page.Type != "leaf")
            throw new UtlException($"leafPageElement: expected page type of 'leaf', but got '{page.Type}'");
        BoltPageItem found = page.Item((int)item);
        if (!valueOnly)
            output.Line(ByteText.Format(found.Key.Span, format));
        if (!keyOnly)
            output.Line(ByteText.Format(found.Value.Span, format));
    }

    /// <summary>Pages in hexadecimal.</summary>
    public void Dump(string path, IReadOnlyList<ulong> ids)
    {
        BoltFileSource.Require(files, path);
        using BoltFile file = BoltFile.Open(files, path);
        for (int i = 0; i < ids.Count; i++)
        {
            if (i > 0)
                output.Line(Separator);
            Dump(file.ReadBytes(ids[i]), (long)ids[i] * file.PageSize);
        }
    }

    private void WriteRow(ulong id, string type, string count, string overflow) =>
        output.Line(string.Create(CultureInfo.InvariantCulture, $"{id,-8} {type,-10} {count,-6} {overflow,-6}"));

    /// <returns>How many pages behind this one belong to it.</returns>
    private uint TryShow(BoltFile file, ulong id, string format)
    {
        try
        {
            BoltPage page = file.ReadPage(id);
            Show(file, page, format);
            return page.Overflow;
        }
        catch (CorruptionException damage)
        {
            output.Line($"Printing page {id} failed: {damage.Message}. Continuing...");
            return 0;
        }
    }

    private void Show(BoltFile file, BoltPage page, string format)
    {
        output.Line($"Page ID:    {page.Id}");
        output.Line($"Page Type:  {page.Type}");
        output.Line($"Total Size: {page.Bytes.Length} bytes");
        output.Line($"Overflow pages: {page.Overflow}");
        switch (page.Type)
        {
            case "meta" when page.Id <= 1:
                Show(file.Meta((int)page.Id));
                break;
            case "leaf" or "branch":
                ShowItems(page, format);
                break;
            case "freelist":
                ShowFreePages(page);
                break;
        }
    }

    private void Show(BoltMetaPage meta)
    {
        output.Line($"Version:    {meta.Version}");
        output.Line($"Page Size:  {meta.PageSize} bytes");
        output.Line($"Flags:      {meta.Flags:x8}");
        output.Line($"Root:       <pgid={meta.Root}>");
        output.Line($"Freelist:   <pgid={meta.Freelist}>");
        output.Line($"HWM:        <pgid={meta.HighWater}>");
        output.Line($"Txn ID:     {meta.TxId}");
        output.Line($"Checksum:   {meta.Checksum:x16}");
        output.Line();
    }

    private void ShowItems(BoltPage page, string format)
    {
        output.Line($"Item Count: {page.Count}");
        output.Line();
        for (int i = 0; i < page.Count; i++)
        {
            BoltPageItem item = page.Item(i);
            string key = ByteText.IsPrintable(item.Key.Span) ? GoQuote.Bytes(item.Key.Span) : Convert.ToHexStringLower(item.Key.Span);
            output.Line($"{key}: {ValueText(page, item, format)}");
        }

        output.Line();
    }

    private static string ValueText(BoltPage page, in BoltPageItem item, string format)
    {
        if (page.Type == "branch")
            return $"<pgid={item.Child}>";
        if (!item.IsBucket)
            return ByteText.Format(item.Value.Span, format);
        (ulong root, ulong sequence) = page.BucketOf(item);
        return $"<pgid={root},seq={sequence}>";
    }

    private void ShowFreePages(BoltPage page)
    {
        IReadOnlyList<ulong> ids = page.FreeIds();
        output.Line($"Item Count: {ids.Count}");
        output.Line($"Overflow: {page.Overflow}");
        output.Line();
        foreach (ulong id in ids)
            output.Line(id.ToString(CultureInfo.InvariantCulture));
        output.Line();
    }

    /// <summary>Lines of sixteen bytes; those that repeat the one before are left out, but for the last.</summary>
    private void Dump(byte[] page, long address)
    {
        ReadOnlySpan<byte> previous = default;
        bool skipped = false;
        for (int at = 0; at < page.Length; at += LineBytes)
        {
            ReadOnlySpan<byte> line = page.AsSpan(at, LineBytes);
            if (line.SequenceEqual(previous) && at < page.Length - LineBytes)
            {
                if (!skipped)
                    output.Line($"{address + at:x7} *");
                skipped = true;
            }
            else
            {
                output.Write($"{address + at:x7}");
                for (int group = 0; group < LineBytes; group += sizeof(ushort))
                    output.Write($" {BinaryPrimitives.ReadUInt16BigEndian(line[group..]):x4}");
                output.Line();
                skipped = false;
            }

            previous = line;
        }

        output.Line();
    }
}
