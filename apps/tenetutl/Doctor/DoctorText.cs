using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Tenet.Raft;
using Tenet.State.Members;

namespace Tenet.Utl.Doctor;

/// <summary>A report for people, or as JSON.</summary>
internal static class DoctorText
{
    private static readonly JsonWriterOptions JsonOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>What was examined, and below it one paragraph for each finding.</summary>
    public static void WriteSimple(DoctorReport report, TextWriter output)
    {
        WriteFact(output, "directory", report.DataDirectory.Root);
        if (report.Log is { } log)
        {
            if (log.Identity is { } identity)
                WriteFact(output, "member", $"{Hex(identity.NodeID)} of cluster {Hex(identity.ClusterID)}");
            HardState state = log.HardState;
            WriteFact(
                output,
                "log",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{Counted(log.Segments, "segment")}, entries {log.Terms.First} to {log.Terms.Last}, term {state.Term}, commit {state.Commit}, snapshot {log.Start.Index}"));
        }

        if (report.Database is { } database)
        {
            WriteFact(output, "database", $"{ByteSize.Text(database.Size)}, {ByteSize.Text(database.FreeBytes)} free; entries up to {database.ConsistentIndex}, term {database.Term}");
            WriteFact(
                output,
                "history",
                $"revision {database.Revision}, compacted {database.CompactRevision}; {Counted(database.Keys, "key")}, {Counted(database.Records, "record")}, {Counted(database.Leases, "lease")}");
            foreach (ClusterMember member in database.Cluster.Members)
                WriteFact(output, "  of", $"{member.HexId} '{member.Name}'{(member.IsLearner ? " (learner)" : "")} {string.Join(',', member.PeerUrls)}");
            WriteFact(output, "version", $"cluster {database.Cluster.ClusterVersion?.ToString(2) ?? "not decided"}, storage {(database.StorageVersion.Length > 0 ? database.StorageVersion : "not marked")}");
        }

        foreach (string line in report.Readiness)
            WriteFact(output, "", line);
        output.WriteLine();
        foreach (Finding finding in report.Findings)
            Write(finding, output);
        output.WriteLine(Verdict(report));
    }

    /// <summary>The report as one JSON object.</summary>
    public static void WriteJson(DoctorReport report, TextWriter output)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, JsonOptions))
        {
            json.WriteStartObject();
            json.WriteString("dataDir", report.DataDirectory.Root);
            json.WriteString("severity", Name(report.Worst));
            WriteLog(json, report.Log);
            WriteDatabase(json, report.Database);
            json.WriteStartArray("readiness");
            foreach (string line in report.Readiness)
                json.WriteStringValue(line);
            json.WriteEndArray();
            json.WriteStartArray("findings");
            foreach (Finding finding in report.Findings)
                WriteFinding(json, finding);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        output.WriteLine(Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length));
    }

    private static void WriteFact(TextWriter output, string name, string value) => output.WriteLine($"{name,-10} {value}");

    private static void Write(Finding finding, TextWriter output)
    {
        string place = finding.Offset is { } offset ? string.Create(CultureInfo.InvariantCulture, $"{finding.File} at {offset}") : finding.File;
        output.WriteLine($"{Name(finding.Severity),-10} {finding.Check}: {place}");
        output.WriteLine($"           {finding.Found}");
        output.WriteLine($"           {finding.Advice}");
        output.WriteLine();
    }

    private static string Verdict(DoctorReport report) => report.Worst switch
    {
        Severity.Ok => "Sound: nothing was found.",
        Severity.Notice => "Sound; see the notices.",
        Severity.Warning => "The member starts, but see the warnings.",
        _ => "Not sound: see the errors.",
    };

    private static void WriteLog(Utf8JsonWriter json, LogFacts? log)
    {
        if (log is null)
            return;
        json.WriteStartObject("log");
        if (log.Identity is { } identity)
        {
            json.WriteString("member", Hex(identity.NodeID));
            json.WriteString("cluster", Hex(identity.ClusterID));
        }

        json.WriteNumber("segments", log.Segments);
        json.WriteNumber("firstIndex", log.Terms.First);
        json.WriteNumber("lastIndex", log.LastIndex);
        json.WriteNumber("term", log.HardState.Term);
        json.WriteNumber("commit", log.HardState.Commit);
        json.WriteNumber("snapshotIndex", log.Start.Index);
        json.WriteEndObject();
    }

    private static void WriteDatabase(Utf8JsonWriter json, DatabaseFacts? database)
    {
        if (database is null)
            return;
        json.WriteStartObject("database");
        json.WriteNumber("size", database.Size);
        json.WriteNumber("free", database.FreeBytes);
        json.WriteNumber("consistentIndex", database.ConsistentIndex);
        json.WriteNumber("term", database.Term);
        json.WriteNumber("revision", database.Revision);
        json.WriteNumber("compactRevision", database.CompactRevision);
        json.WriteNumber("keys", database.Keys);
        json.WriteNumber("records", database.Records);
        json.WriteNumber("leases", database.Leases);
        json.WriteNumber("members", database.Cluster.Members.Count);
        json.WriteNumber("alarms", database.Alarms);
        json.WriteBoolean("authEnabled", database.AuthEnabled);
        json.WriteString("clusterVersion", database.Cluster.ClusterVersion?.ToString(3) ?? "");
        json.WriteString("storageVersion", database.StorageVersion);
        json.WriteEndObject();
    }

    private static void WriteFinding(Utf8JsonWriter json, Finding finding)
    {
        json.WriteStartObject();
        json.WriteString("severity", Name(finding.Severity));
        json.WriteString("check", finding.Check);
        json.WriteString("file", finding.File);
        if (finding.Offset is { } offset)
            json.WriteNumber("offset", offset);
        json.WriteString("found", finding.Found);
        json.WriteString("advice", finding.Advice);
        json.WriteEndObject();
    }

    private static string Name(Severity severity) => severity switch
    {
        Severity.Ok => "ok",
        Severity.Notice => "notice",
        Severity.Warning => "warning",
        _ => "error",
    };

    private static string Counted(long count, string what) => string.Create(CultureInfo.InvariantCulture, $"{count} {what}{(count == 1 ? "" : "s")}");

    private static string Hex(ulong id) => id.ToString("x", CultureInfo.InvariantCulture);
}
