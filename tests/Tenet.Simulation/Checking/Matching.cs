namespace Tenet.Simulation.Checking;

/// <summary>Gives each item one candidate of its own, moving earlier choices where that helps (augmenting paths).</summary>
internal sealed class Matching(int candidateCount)
{
    private readonly List<IReadOnlyList<int>> _items = [];
    private readonly int[] _takenBy = NewTakenBy(candidateCount);

    /// <summary>Adds an item; false if there is no way to give all items a candidate.</summary>
    public bool TryAdd(IReadOnlyList<int> candidates)
    {
        _items.Add(candidates);
        return TryPlace(_items.Count - 1, new HashSet<int>());
    }

    private bool TryPlace(int item, HashSet<int> tried)
    {
        foreach (int candidate in _items[item])
        {
            if (!tried.Add(candidate))
                continue;
            if (_takenBy[candidate] < 0 || TryPlace(_takenBy[candidate], tried))
            {
                _takenBy[candidate] = item;
                return true;
            }
        }

        return false;
    }

    private static int[] NewTakenBy(int count)
    {
        var taken = new int[count];
        Array.Fill(taken, -1);
        return taken;
    }
}
