namespace Tenet.Raft.Tests.DataDriven;

/// <summary>A theory over published cases; skipped where they are not at hand.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class DataTheoryAttribute : TheoryAttribute
{
    public DataTheoryAttribute()
    {
        if (TestData.Directory is null)
            Skip = "no test data: set TENET_RAFT_TESTDATA to a directory with interaction/, quorum/ and confchange/";
    }
}
