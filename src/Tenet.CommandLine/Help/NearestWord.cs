namespace Tenet.CommandLine;

/// <summary>Tells whether a misspelt word may have meant another.</summary>
internal static class NearestWord
{
    private const int ChangesMax = 2;

    /// <summary>At most two letters put in, left out or replaced, case aside; or the beginning of the other word.</summary>
    public static bool IsNear(string word, string other) => other.StartsWith(word, StringComparison.OrdinalIgnoreCase) || Changes(word, other) <= ChangesMax;

    private static int Changes(string from, string to)
    {
        int[] costs = [.. Enumerable.Range(0, to.Length + 1)];
        for (int i = 1; i <= from.Length; i++)
        {
            int diagonal = costs[0];
            costs[0] = i;
            for (int j = 1; j <= to.Length; j++)
            {
                int replaced = diagonal + (char.ToLowerInvariant(from[i - 1]) == char.ToLowerInvariant(to[j - 1]) ? 0 : 1);
                diagonal = costs[j];
                costs[j] = Math.Min(replaced, Math.Min(costs[j], costs[j - 1]) + 1);
            }
        }
        return costs[to.Length];
    }
}
