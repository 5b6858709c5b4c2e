namespace Tenet.Utl.Output;

/// <summary>Nobody watches.</summary>
internal sealed class NoProgress : IProgressLine
{
    public static NoProgress Instance { get; } = new();

    public void Report(string what, long done, long all)
    {
        // Nobody watches.
    }
}
