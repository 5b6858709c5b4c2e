namespace Tenet.Raft.Tests.DataDriven;

/// <summary>Configuration changes as the data files write them: v1 l2 r3 u4.</summary>
internal static class ConfChangeScript
{
    public static List<ConfChangeSingle> Parse(string text)
    {
        List<ConfChangeSingle> changes = [];
        foreach (string token in text.Trim().Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (token.Length < 2)
                throw new ScriptException($"unknown token {token}");
            ConfChangeType type = token[0] switch
            {
                'v' => ConfChangeType.AddNode,
                'l' => ConfChangeType.AddLearnerNode,
                'r' => ConfChangeType.RemoveNode,
                'u' => ConfChangeType.UpdateNode,
                _ => throw new ScriptException($"unknown input: {token}"),
            };
            changes.Add(new ConfChangeSingle(type, Argument.Parse(token[1..])));
        }
        return changes;
    }

    public static string Write(IReadOnlyList<ConfChangeSingle> changes) =>
        string.Join(' ', changes.Select(change => $"{"vrul"[(int)change.Type]}{change.NodeId}"));
}
