namespace Tenet.Simulation.Checking;

/// <summary>The checkers by name, as violations and the planted-bug tests give them.</summary>
internal static class CheckerNames
{
    public const string ElectionSafety = "election safety";
    public const string LeaderAppendOnly = "leader append-only";
    public const string LogMatching = "log matching";
    public const string LeaderCompleteness = "leader completeness";
    public const string StateMachineSafety = "state machine safety";
    public const string KeptPromises = "kept promises";
    public const string EqualState = "equal state";
    public const string Disk = "disk after crash";
    public const string Linearizability = "linearizability";
    public const string Watch = "watch";
    public const string Leases = "leases";
}
