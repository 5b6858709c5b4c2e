using System.Globalization;
using System.Text;
using Google.Protobuf;
using Tenet.CommandLine;
using Tenet.Foundation.Files;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Raft;
using Tenet.Raft.Wire;
using Tenet.Wal;
using Tenet.Wal.Reading;

namespace Tenet.Utl.Wal;

/// <summary>Shows a log record by record as it lies there, overwritten entries included. It takes no lock and changes nothing.</summary>
internal sealed class WalDump(IFileSystem files, OutputWriter output, WalDumpOptions options)
{
    private string _segment = "";

    /// <summary>Shows a log.</summary>
    /// <param name="directory">The directory of the log, or a data directory with one.</param>
    /// <exception cref="UtlException">There is no log.</exception>
    /// <exception cref="Foundation.CorruptionException">It is damaged; what stands before the damage has been shown.</exception>
    public void Run(string directory)
    {
        string wal = DataDirectory.Of(directory).Wal;
        if (!WriteAheadLog.Exists(files, wal))
            wal = directory;
        if (!WriteAheadLog.Exists(files, wal))
            throw new UtlException($"no write-ahead log in {directory}");
        using WalReader reader = WalReader.Open(files, WalSegment.Of(files, wal));
        while (reader.Next(out WalRecord record))
            Show(record);
        if (reader.IsTorn)
            ShowTorn(reader);
    }

    private void Show(in WalRecord record)
    {
        switch (record.Kind)
        {
            case WalRecordKind.Entry:
                Entry entry = record.ReadEntry();
                InternalRaftRequest? request = EntryKind.RequestOf(entry, out string? problem);
                string kind = EntryKind.Of(entry, request, problem);
                if (entry.Index >= options.StartIndex && options.EntryKinds?.Contains(kind) != false)
                    ShowEntry(record, entry, kind, Describe(entry, request, problem));
                break;
            case var _ when options.EntryKinds is not null:
                break;
            case WalRecordKind.State:
                HardState state = record.ReadHardState();
                ShowRecord(record, "state", [("term", state.Term), ("vote", Hex(state.Vote)), ("commit", state.Commit)]);
                break;
            case WalRecordKind.Snapshot:
                WalSnapshot snapshot = record.ReadSnapshot();
                ShowRecord(record, "snapshot", [("index", snapshot.Index), ("term", snapshot.Term), ("members", Text(snapshot.ConfState))]);
                break;
            default:
                ShowMetadata(record);
                break;
        }
    }

    private void ShowMetadata(in WalRecord record)
    {
        try
        {
            Metadata metadata = Metadata.Parser.ParseFrom(record.Data.Span);
            ShowRecord(record, "metadata", [("member", Hex(metadata.NodeID)), ("cluster", Hex(metadata.ClusterID))]);
        }
        catch (InvalidProtocolBufferException)
        {
            ShowRecord(record, "metadata", [("bytes", Convert.ToHexStringLower(record.Data.Span))]);
        }
    }

    private void ShowEntry(in WalRecord record, in Entry entry, string kind, string text)
    {
        if (options.Json)
            ShowRecord(record, "entry", [("index", entry.Index), ("term", entry.Term), ("kind", kind), ("text", text), ("data", Convert.ToBase64String(entry.Data.Span))]);
        else
            ShowLine(record.Path, record.Offset, string.Create(CultureInfo.InvariantCulture, $"entry     {entry.Index,10} {entry.Term,6}  {kind} {text}"));
    }

    private void ShowTorn(WalReader reader)
    {
        if (!options.Json)
        {
            ShowLine(reader.Path, reader.Offset, $"torn      {reader.TornBecause}");
            return;
        }

        WriteJson(reader.Path, reader.Offset, "torn", [("text", reader.TornBecause)]);
    }

    private void ShowRecord(in WalRecord record, string type, IReadOnlyList<(string Name, object Value)> fields)
    {
        if (options.Json)
            WriteJson(record.Path, record.Offset, type, fields);
        else
            ShowLine(record.Path, record.Offset, $"{type,-9} {string.Join("  ", fields.Select(static field => string.Create(CultureInfo.InvariantCulture, $"{field.Name} {field.Value}")))}");
    }

    private void ShowLine(string path, long offset, string text)
    {
        string segment = Path.GetFileName(path);
        if (segment != _segment)
            output.Line(segment);
        _segment = segment;
        output.Line(string.Create(CultureInfo.InvariantCulture, $"{offset,10}  {text.TrimEnd()}"));
    }

    private void WriteJson(string path, long offset, string type, IReadOnlyList<(string Name, object Value)> fields)
    {
        GoJsonWriter json = new GoJsonWriter().BeginObject();
        json.Name("segment").Text(Path.GetFileName(path)).Name("offset").Number(offset).Name("type").Text(type);
        foreach ((string name, object value) in fields)
        {
            json.Name(name);
            if (value is ulong number)
                json.Number(number);
            else
                json.Text((string)value);
        }

        output.Line(json.EndObject().ToString());
    }

    private static string Describe(in Entry entry, InternalRaftRequest? request, string? problem)
    {
        if (problem is not null)
            return problem;
        if (entry.Type != EntryType.Normal)
            return DescribeChange(entry);
        return request is not null && EntryKind.FieldOf(request) is { } field ? MessageText.Of((IMessage)field.Accessor.GetValue(request)) : "";
    }

    private static string DescribeChange(in Entry entry)
    {
        try
        {
            if (entry.Type == EntryType.ConfChange)
            {
                ConfChange change = RaftCodec.ReadConfChange(entry.Data);
                return $"{change.Type} {Hex(change.NodeId)} {Encoding.UTF8.GetString(change.Context.Span)}";
            }

            ConfChangeV2 general = RaftCodec.ReadConfChangeV2(entry.Data);
            return string.Join(", ", general.Changes.Select(static step => $"{step.Type} {Hex(step.NodeId)}")) + $" {Encoding.UTF8.GetString(general.Context.Span)}";
        }
        catch (RaftWireException malformed)
        {
            return malformed.Message;
        }
    }

    private static string Text(ConfState? members)
    {
        if (members is null)
            return "not said";
        string voters = $"voters [{string.Join(' ', members.Voters.Select(Hex))}]";
        return members.Learners.Count == 0 ? voters : $"{voters} learners [{string.Join(' ', members.Learners.Select(Hex))}]";
    }

    private static string Hex(ulong id) => id.ToString("x", CultureInfo.InvariantCulture);
}
