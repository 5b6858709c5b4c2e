namespace Tenet.Utl.Doctor;

/// <summary>What an examination has shown.</summary>
/// <param name="DataDirectory">What was examined.</param>
/// <param name="Log">What the log says; null if there is none.</param>
/// <param name="Database">What the database says; null if it could not be read.</param>
/// <param name="Readiness">Which versions could take the directory over.</param>
/// <param name="Worst">How much the worst finding matters.</param>
/// <param name="Findings">All of them, the worst first.</param>
internal sealed record DoctorReport(
    DataDirectory DataDirectory,
    LogFacts? Log,
    DatabaseFacts? Database,
    IReadOnlyList<string> Readiness,
    Severity Worst,
    IReadOnlyList<Finding> Findings)
{
    /// <summary>0 for nothing or notices, 1 for warnings, 2 for errors.</summary>
    public int ExitCode => Worst switch
    {
        Severity.Error => 2,
        Severity.Warning => 1,
        _ => 0,
    };
}
