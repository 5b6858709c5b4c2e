namespace Tenet.Simulation.Checking;

/// <summary>A promise that was broken.</summary>
/// <param name="Checker">Who found it, one of <see cref="CheckerNames"/>.</param>
/// <param name="Message">What was promised and what was seen.</param>
internal sealed record Violation(string Checker, string Message)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Checker}: {Message}";
}
