namespace Tenet.Foundation.Files.Simulation;

/// <summary>What a name in a simulated directory stands for.</summary>
internal abstract class SimNode
{
    /// <summary>Everything present becomes durable, here and below.</summary>
    public abstract void MakeDurable();
}
