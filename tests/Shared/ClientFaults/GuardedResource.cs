using Tenet.Client;

namespace Tenet.Tests.ClientFaults;

/// <summary>
/// What a lock protects. It accepts whoever shows a fencing revision that is not below one that it has seen, and takes note of a holder who had not
/// been told of its loss when a later one was accepted.
/// </summary>
internal sealed class GuardedResource
{
    private readonly Lock _lock = new();
    private readonly List<string> _violations = [];
    private HeldLock? _current;

    /// <summary>How many holders were accepted one after the other.</summary>
    public int Holders { get; private set; }

    /// <summary>How many of them lost the lock instead of releasing it.</summary>
    public int Losses { get; private set; }

    /// <summary>How often somebody came with a revision that was too old.</summary>
    public int Refusals { get; private set; }

    public IReadOnlyList<string> Violations => _violations;

    /// <summary>Which contender was accepted last.</summary>
    public int Contender { get; private set; } = -1;

    /// <summary>Works on what is protected; false if a later holder has been accepted.</summary>
    public bool TryUse(HeldLock held, int contender)
    {
        lock (_lock)
        {
            if (_current is not null && held.FencingRevision < _current.FencingRevision)
            {
                Refusals++;
                return false;
            }
            if (held == _current)
                return true;
            if (_current is { Lost.IsCancellationRequested: false })
                _violations.Add($"revision {held.FencingRevision} of contender {contender} is accepted while contender {Contender} believes to hold {_current.FencingRevision}");
            if (_current is not null && held.FencingRevision == _current.FencingRevision)
                _violations.Add($"two holders have revision {held.FencingRevision}");
            (_current, Contender) = (held, contender);
            Holders++;
            return true;
        }
    }

    /// <summary>A holder's end that it did not choose.</summary>
    public void NoteLoss()
    {
        lock (_lock)
            Losses++;
    }
}
