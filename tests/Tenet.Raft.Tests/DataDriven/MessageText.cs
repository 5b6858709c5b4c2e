using System.Text;
using Tenet.Raft.Membership;
using Tenet.Raft.Wire;

namespace Tenet.Raft.Tests.DataDriven;

/// <summary>Messages, entries and Readys as the data files show them (contract/consensus.md, 2.4).</summary>
internal static class MessageText
{
    public static string Entry(Entry entry)
    {
        string payload = entry.Type switch
        {
            EntryType.ConfChange => ConfChangeScript.Write(RaftCodec.ReadConfChange(entry.Data).ToV2().Changes),
            EntryType.ConfChangeV2 => ConfChangeScript.Write(RaftCodec.ReadConfChangeV2(entry.Data).Changes),
            _ => QuotedBytes.Format(entry.Data.Span),
        };
        return $"{entry.Term}/{entry.Index} Entry{entry.Type}{(payload.Length > 0 ? " " : "")}{payload}";
    }

    public static string Entries(IEnumerable<Entry> entries) => string.Concat(entries.Select(entry => Entry(entry) + "\n"));

    public static string Message(Message message, string indent = "")
    {
        switch (message)
        {
            case StorageAppendResponse stored:
                return Header(stored.To, stored.From, "MsgStorageAppendResp", stored.Term, stored.LogTerm, stored.Index, indent)
                    + Snapshot(stored.Snapshot, indent);
            case StorageApplyResponse applied:
                return Header(applied.To, applied.From, "MsgStorageApplyResp", 0, 0, 0, indent) + EntryList(applied.Entries, indent);
        }
        MessageFields fields = MessageFields.Of(message);
        var text = new StringBuilder();
        text.Append(Header(
            fields.To, fields.From, message.Type.ToString(), fields.Term ?? 0, fields.LogTerm ?? 0, fields.Index ?? 0, indent));
        if (fields.Reject is true)
            text.Append($" Rejected (Hint: {fields.RejectHint ?? 0})");
        if (fields.Commit is > 0)
            text.Append($" Commit:{fields.Commit}");
        return text.Append(EntryList(fields.Entries, indent)).Append(Snapshot(fields.Snapshot, indent)).ToString();
    }

    public static string Append(ulong from, StorageAppend append, bool withResponses)
    {
        HardState state = append.HardState ?? default;
        var text = new StringBuilder(Header(LocalThreads.Append, from, "MsgStorageAppend", state.Term, 0, 0, ""));
        text.Append(state.Commit != 0 ? $" Commit:{state.Commit}" : "").Append(state.Vote != 0 ? $" Vote:{state.Vote}" : "");
        text.Append(EntryList(append.Entries, "")).Append(Snapshot(append.Snapshot, ""));
        return text.Append(withResponses ? Responses(append.Responses) : "").ToString();
    }

    public static string Apply(ulong from, StorageApply apply, bool withResponses) =>
        Header(LocalThreads.Apply, from, "MsgStorageApply", 0, 0, 0, "")
        + EntryList(apply.Entries, "")
        + (withResponses ? Responses([apply.Response]) : "");

    public static string Ready(ReadyView ready)
    {
        var text = new StringBuilder();
        if (ready.SoftState is { } soft)
            text.Append($"Lead:{soft.Lead} State:State{soft.Role}\n");
        if (ready.HardState is { IsEmpty: false } hard)
            text.Append($"HardState Term:{hard.Term}{(hard.Vote != 0 ? $" Vote:{hard.Vote}" : "")} Commit:{hard.Commit}\n");
        if (ready.ReadStates.Count > 0)
            text.Append($"ReadStates [{string.Join(' ', ready.ReadStates.Select(ReadState))}]\n");
        if (ready.Entries.Count > 0)
            text.Append("Entries:\n").Append(Entries(ready.Entries));
        if (ready.Snapshot is { } snapshot)
            text.Append($"Snapshot {snapshot}\n");
        if (ready.Committed.Count > 0)
            text.Append("CommittedEntries:\n").Append(Entries(ready.Committed));
        if (ready.Messages.Count > 0)
            text.Append("Messages:\n").Append(string.Concat(ready.Messages.Select(message => message + "\n")));
        return text.Length == 0 ? "<empty Ready>" : $"Ready MustSync={(ready.MustSync ? "true" : "false")}:\n{text}";
    }

    private static string ReadState(ReadState state) => $"{{{state.Index} [{string.Join(' ', state.Context.ToArray())}]}}";

    private static string Header(ulong to, ulong from, string type, ulong term, ulong logTerm, ulong index, string indent) =>
        $"{indent}{Name(from)}->{Name(to)} {type} Term:{term} Log:{logTerm}/{index}";

    private static string Name(ulong id) => id switch
    {
        0 => "None",
        LocalThreads.Append => "AppendThread",
        LocalThreads.Apply => "ApplyThread",
        _ => $"{id:x}",
    };

    private static string EntryList(IReadOnlyList<Entry> entries, string indent) => entries.Count switch
    {
        0 => "",
        1 => $" Entries:[{Entry(entries[0])}]",
        _ => " Entries:[" + string.Concat(entries.Select(entry => $"\n{indent}  {Entry(entry)}")) + $"\n{indent}]",
    };

    private static string Snapshot(Snapshot? snapshot, string indent) =>
        snapshot is null or { IsEmpty: true } ? "" : $"\n{indent}  Snapshot: {snapshot}";

    private static string Responses(IReadOnlyList<Message> responses) => responses.Count == 0
        ? ""
        : " Responses:[" + string.Concat(responses.Select(response => $"\n{Message(response, "  ")}")) + "\n]";
}
