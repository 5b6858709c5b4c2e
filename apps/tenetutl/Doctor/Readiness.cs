using Tenet.Server.Maintenance;

namespace Tenet.Utl.Doctor;

/// <summary>Which versions could take the directory over, and what stands against the others.</summary>
internal sealed class Readiness(DataDirectory directory, LogFacts log, DatabaseFacts database, Findings findings)
{
    private static readonly Version Unmarked = new(3, 5, 0);

    /// <summary>One line for each direction.</summary>
    public IReadOnlyList<string> Lines { get; private set; } = [];

    public void Run()
    {
        Version? schema = Schema();
        Version? cluster = database.Cluster.ClusterVersion;
        if (schema is not null && StorageVersions.Validate(schema) is { } problem)
            findings.Error("versions", directory.Database, $"the database has the schema of version {schema.ToString(2)}: {problem}", "Start it with the version that wrote it, and downgrade the cluster there first.");
        if (cluster is not null && cluster.Major == StorageVersions.Newest.Major && cluster.Minor > StorageVersions.Newest.Minor)
        {
            findings.Error(
                "versions", directory.Database, $"the cluster speaks version {cluster.ToString(2)}, newer than {StorageVersions.Newest.ToString(2)}", "Start it with that version, and downgrade the cluster there first.");
        }

        if (database.Cluster.Downgrade.Enabled)
            findings.Notice("versions", directory.Database, $"a downgrade to {database.Cluster.Downgrade.TargetVersion} is under way", "Start every member with that version, or cancel it (downgrade cancel).");
        Lines = [Upgrade(schema), Downgrade(schema, cluster)];
    }

    private Version? Schema()
    {
        if (database.StorageVersion.Length == 0)
            return database.Term > 0 ? Unmarked : null;
        if (Version.TryParse(database.StorageVersion, out Version? version))
            return version;
        findings.Error("versions", directory.Database, $"the database has the schema of version \"{database.StorageVersion}\"", "No version writes that. Replace the member, or restore it from a snapshot.");
        return null;
    }

    private static string Upgrade(Version? schema) => schema is null
        ? "up: not yet; start etcd 3.5 on it once, which writes down what later versions need"
        : schema < StorageVersions.Newest ? $"up: ready for every version to {StorageVersions.Newest.ToString(2)}" : "up: has the newest schema";

    private string Downgrade(Version? schema, Version? cluster)
    {
        var against = new List<string>();
        if (cluster is not null && cluster > Unmarked)
            against.Add($"the cluster speaks {cluster.ToString(2)} (downgrade enable 3.5)");
        if (schema is not null && schema > Unmarked)
            against.Add($"the database has the schema of {schema.ToString(2)} (a downgraded cluster takes it back, or migrate does)");
        (ulong Index, string Kind, Version Version)[] newer = [.. log.NewerEntries.Where(entry => entry.Index > log.Start.Index)];
        if (newer.Length > 0)
            against.Add($"{newer.Length} entries of the log are of a later version, the first one {newer[0].Index} ({newer[0].Kind}, {newer[0].Version.ToString(2)}); a snapshot of the member passes them");
        return against.Count == 0 ? "down: etcd 3.5 can take it over" : $"down: not ready for etcd 3.5: {string.Join("; ", against)}";
    }
}
