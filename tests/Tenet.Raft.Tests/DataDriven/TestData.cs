using Tenet.Tests;

namespace Tenet.Raft.Tests.DataDriven;

/// <summary>Where the published cases are: TENET_RAFT_TESTDATA, or ../shared/raft-testdata beside the repository.</summary>
internal static class TestData
{
    public static string? Directory { get; } = Find();

    public static IEnumerable<string> Files(string folder)
    {
        string path = Path.Combine(Directory!, folder);
        if (!System.IO.Directory.Exists(path))
            return [];
        return System.IO.Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(path, file))
            .Order(StringComparer.Ordinal);
    }

    private static string? Find()
    {
        string? named = Environment.GetEnvironmentVariable("TENET_RAFT_TESTDATA");
        if (!string.IsNullOrEmpty(named))
            return System.IO.Directory.Exists(named) ? named : null;
        string beside = Path.GetFullPath(Path.Combine(SourceTree.Root, "..", "shared", "raft-testdata"));
        return System.IO.Directory.Exists(beside) ? beside : null;
    }
}
