using System.Text;
using Tenet.Raft.Tests.DataDriven;
using Tenet.Tests;

namespace Tenet.Raft.Tests;

/// <summary>
/// Our own stories, in the form of the published ones. TENET_REWRITE=1 records the output anew; what changed shows in the diff.
/// </summary>
public sealed class ScenarioTests
{
    private static readonly string Folder = Path.Combine(SourceTree.Root, "tests", "Tenet.Raft.Tests", "Scenarios");

    public static TheoryData<string> Scenarios =>
        [.. Directory.EnumerateFiles(Folder, "*.txt").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Scenarios))]
    public void A_scenario_goes_as_recorded(string file)
    {
        string path = Path.Combine(Folder, file);
        var environment = new InteractionEnvironment();
        var text = new StringBuilder();
        string before = File.ReadAllText(path);
        foreach (Directive directive in DataFile.Read(before))
        {
            string actual = environment.Handle(directive);
            text.Append(DataFile.Write(directive, actual.EndsWith('\n') ? actual : actual + "\n"));
        }
        string after = text.ToString().TrimEnd('\n') + "\n";
        if (Environment.GetEnvironmentVariable("TENET_REWRITE") == "1")
            File.WriteAllText(path, after);
        else
            Assert.Equal(before, after);
    }
}
