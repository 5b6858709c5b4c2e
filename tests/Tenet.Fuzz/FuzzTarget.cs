using Tenet.Foundation.Randomness;

namespace Tenet.Fuzz;

/// <summary>Something that takes bytes from a stranger or a damaged disk. One case is drawn from one seed, and from nothing else.</summary>
internal abstract class FuzzTarget : IDisposable
{
    /// <summary>In one line, what is fed with what.</summary>
    public abstract string Summary { get; }

    /// <summary>Cases that the test suite runs.</summary>
    public abstract int CasesInTests { get; }

    /// <summary>What one case may allocate, in bytes, on all threads together.</summary>
    public virtual long AllocatedBytesMax => 64L << 20;

    /// <summary>Runs one case. Whatever it throws is a finding.</summary>
    public abstract void Run(SeededRandom random);

    /// <inheritdoc/>
    public void Dispose() => Close();

    /// <summary>Ends what the target holds. Most hold nothing.</summary>
    protected virtual void Close()
    {
    }
}
