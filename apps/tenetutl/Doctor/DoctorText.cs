using System.Globalization;
using Tenet.CommandLine;
using Tenet.Foundation.Text;
using Tenet.Raft;
using Tenet.State.Members;

namespace Tenet.Utl.Doctor;

/// <summary>A report for people, or as JSON.</summary>
internal static class DoctorText
{
    /// <summary>What was examined, and below it one paragraph for each finding.</summary>
    public static void WriteSimple(DoctorReport report, OutputWriter output)
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
            WriteFact(output, "database", $"{ByteCounts.Format(database.Size)}, {ByteCounts.Format(database.FreeBytes)} free; entries up to {database.ConsistentIndex}, term {database.Term}");
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
        output.Line();
        foreach (Finding finding in report.Findings)
            Write(finding, output);
        output.Line(Verdict(report));
    }

    /// <summary>The report as one JSON object.</summary>
    public static void WriteJson(DoctorReport report, OutputWriter output)
    {
        GoJsonWriter json = new GoJsonWriter().BeginObject().Name("dataDir").Text(report.DataDirectory.Root).Name("severity").Text(Name(report.Worst));
        if (report.Log is { } log)
            WriteLog(json, log);
        if (report.Database is { } database)
            WriteDatabase(json, database);
        json.Name("readiness").BeginArray();
        foreach (string line in report.Readiness)
            json.Text(line);
        json.EndArray().Name("findings").BeginArray();
        foreach (Finding finding in report.Findings)
            WriteFinding(json, finding);
        output.Line(json.EndArray().EndObject().ToString());
    }

    private static void WriteFact(OutputWriter output, string name, string value) => output.Line($"{name,-10} {value}");

    private static void Write(Finding finding, OutputWriter output)
    {
        string place = finding.Offset is { } offset ? string.Create(CultureInfo.InvariantCulture, $"{finding.File} at {offset}") : finding.File;
        output.Line($"{Name(finding.Severity),-10} {finding.Check}: {place}");
        output.Line($"           {finding.Found}");
        output.Line($"           {finding.Advice}");
        output.Line();
    }

    private static string Verdict(DoctorReport report) => report.Worst switch
    {
        Severity.Ok => "Sound: nothing was found.",
        Severity.Notice => "Sound; see the notices.",
        Severity.Warning => "The member starts, but see the warnings.",
        _ => "Not sound: see the errors.",
    };

    private static void WriteLog(GoJsonWriter json, LogFacts log)
    {
        json.Name("log").BeginObject();
        if (log.Identity is { } identity)
            json.Name("member").Text(Hex(identity.NodeID)).Name("cluster").Text(Hex(identity.ClusterID));
        json.Name("segments").Number(log.Segments)
            .Name("firstIndex").Number(log.Terms.First)
            .Name("lastIndex").Number(log.LastIndex)
            .Name("term").Number(log.HardState.Term)
            .Name("commit").Number(log.HardState.Commit)
            .Name("snapshotIndex").Number(log.Start.Index)
            .EndObject();
    }

    private static void WriteDatabase(GoJsonWriter json, DatabaseFacts database) => json.Name("database").BeginObject()
        .Name("size").Number(database.Size)
        .Name("free").Number(database.FreeBytes)
        .Name("consistentIndex").Number(database.ConsistentIndex)
        .Name("term").Number(database.Term)
        .Name("revision").Number(database.Revision)
        .Name("compactRevision").Number(database.CompactRevision)
        .Name("keys").Number(database.Keys)
        .Name("records").Number(database.Records)
        .Name("leases").Number(database.Leases)
        .Name("members").Number(database.Cluster.Members.Count)
        .Name("alarms").Number(database.Alarms)
        .Name("authEnabled").Truth(database.AuthEnabled)
        .Name("clusterVersion").Text(database.Cluster.ClusterVersion?.ToString(3) ?? "")
        .Name("storageVersion").Text(database.StorageVersion)
        .EndObject();

    private static void WriteFinding(GoJsonWriter json, Finding finding)
    {
        json.BeginObject().Name("severity").Text(Name(finding.Severity)).Name("check").Text(finding.Check).Name("file").Text(finding.File);
        if (finding.Offset is { } offset)
            json.Name("offset").Number(offset);
        json.Name("found").Text(finding.Found).Name("advice").Text(finding.Advice).EndObject();
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
