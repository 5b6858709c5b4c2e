using Tenet.Raft.Tests.DataDriven;

namespace Tenet.Raft.Tests;

/// <summary>Runs every published case and compares its whole output with what was recorded (contract/consensus.md, 2).</summary>
public sealed class RaftDataDrivenTests
{
    public static TheoryData<string> Interactions => Files("interaction");

    public static TheoryData<string> Quorums => Files("quorum");

    public static TheoryData<string> ConfChanges => Files("confchange");

    [DataTheory]
    [MemberData(nameof(Interactions))]
    public void Interaction(string file) => Run("interaction", file, new InteractionEnvironment().Handle);

    [DataTheory]
    [MemberData(nameof(Quorums))]
    public void Quorum(string file) => Run("quorum", file, QuorumCommands.Handle);

    [DataTheory]
    [MemberData(nameof(ConfChanges))]
    public void ConfChange(string file) => Run("confchange", file, new ConfChangeCommands().Handle);

    private static TheoryData<string> Files(string folder) => TestData.Directory is null ? [] : [.. TestData.Files(folder)];

    private static void Run(string folder, string file, Func<Directive, string> handle)
    {
        string path = Path.Combine(TestData.Directory!, folder, file);
        int directives = 0;
        foreach (Directive directive in DataFile.Read(File.ReadAllText(path)))
        {
            directives++;
            string actual = handle(directive);
            if (actual.Length > 0 && !actual.EndsWith('\n'))
                actual += "\n";
            Assert.True(
                actual == directive.Expected,
                $"{folder}/{file}:{directive.Line}: {directive.Command}\nexpected:\n{directive.Expected}\nactual:\n{actual}");
        }
        Assert.True(directives > 0, $"{path} has no directive");
    }
}
