using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Tenet.Foundation.Metrics;
using Tenet.Raft;
using Tenet.Server;

namespace Tenet.Hosting;

/// <summary>What <c>/debug/vars</c> shows (contract/api.md, 5.2). Of Go's memory statistics, those that this runtime has too.</summary>
internal sealed class DebugVariables(Member member)
{
    private static readonly JsonWriterOptions Indented = new() { Indented = true };

    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellation)
    {
        RaftStatus status = await member.RaftStatusAsync(cancellation);
        ArrayBufferWriter<byte> page = new();
        using (Utf8JsonWriter json = new(page, Indented))
        {
            json.WriteStartObject();
            json.WriteStartArray("cmdline");
            foreach (string argument in Environment.GetCommandLineArgs())
                json.WriteStringValue(argument);
            json.WriteEndArray();
            json.WriteNumber("file_descriptor_limit", ProcessMetrics.OpenFilesMax());
            WriteMemory(json);
            WriteRaft(json, status);
            json.WriteEndObject();
        }
        page.Write("\n"u8);
        return page.WrittenMemory;
    }

    private static void WriteMemory(Utf8JsonWriter json)
    {
        GCMemoryInfo last = GC.GetGCMemoryInfo();
        json.WriteStartObject("memstats");
        json.WriteNumber("Alloc", GC.GetTotalMemory(forceFullCollection: false));
        json.WriteNumber("TotalAlloc", GC.GetTotalAllocatedBytes());
        json.WriteNumber("Sys", Environment.WorkingSet);
        json.WriteNumber("HeapAlloc", last.HeapSizeBytes);
        json.WriteNumber("HeapSys", last.TotalCommittedBytes);
        json.WriteNumber("PauseTotalNs", GC.GetTotalPauseDuration().Ticks * 100);
        json.WriteNumber("NumGC", GC.CollectionCount(0));
        json.WriteEndObject();
    }

    private static void WriteRaft(Utf8JsonWriter json, RaftStatus status)
    {
        json.WriteStartObject("raft.status");
        json.WriteString("id", Hex(status.Id));
        json.WriteNumber("term", status.HardState.Term);
        json.WriteString("vote", Hex(status.HardState.Vote));
        json.WriteNumber("commit", status.HardState.Commit);
        json.WriteString("lead", Hex(status.SoftState.Lead));
        json.WriteString("raftState", "State" + status.SoftState.Role);
        json.WriteNumber("applied", status.Applied);
        json.WriteStartObject("progress");
        foreach (PeerStatus peer in status.Progress)
        {
            json.WriteStartObject(Hex(peer.Id));
            json.WriteNumber("match", peer.Match);
            json.WriteNumber("next", peer.Next);
            json.WriteString("state", "State" + peer.State);
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.WriteString("leadtransferee", Hex(status.LeadTransferee));
        json.WriteEndObject();
    }

    private static string Hex(ulong id) => id.ToString("x", CultureInfo.InvariantCulture);
}
