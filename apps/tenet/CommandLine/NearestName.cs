namespace Tenet.App.CommandLine;

/// <summary>Guesses what a misspelt name was meant to be.</summary>
internal static class NearestName
{
    /// <summary>
    /// The known name with the fewest changes from <paramref name="name"/> (letters put in, left out, replaced or swapped with their
    /// neighbour; case aside), or null if even that is a different word.
    /// </summary>
    public static string? Find(string name, IEnumerable<string> known)
    {
        string? nearest = null;
        int fewest = Math.Max(2, name.Length / 2) + 1;
        foreach (string candidate in known.Order(StringComparer.Ordinal))
        {
            int changes = Changes(name.ToUpperInvariant(), candidate.ToUpperInvariant());
            if (changes < fewest)
                (nearest, fewest) = (candidate, changes);
        }
        return nearest;
    }

    private static int Changes(string from, string to)
    {
        int[,] cost = new int[from.Length + 1, to.Length + 1];
        for (int i = 0; i <= from.Length; i++)
            cost[i, 0] = i;
        for (int j = 0; j <= to.Length; j++)
            cost[0, j] = j;
        for (int i = 1; i <= from.Length; i++)
        {
            for (int j = 1; j <= to.Length; j++)
            {
                int replaced = cost[i - 1, j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
                cost[i, j] = Math.Min(replaced, Math.Min(cost[i - 1, j], cost[i, j - 1]) + 1);
                if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
                    cost[i, j] = Math.Min(cost[i, j], cost[i - 2, j - 2] + 1);
            }
        }
        return cost[from.Length, to.Length];
    }
}
