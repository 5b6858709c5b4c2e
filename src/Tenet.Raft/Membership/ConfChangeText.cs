using System.Text;

namespace Tenet.Raft.Membership;

/// <summary>Configuration changes as text for the log.</summary>
internal static class ConfChangeText
{
    /// <summary>The whole change in one line.</summary>
    public static string Describe(ConfChangeV2 change)
    {
        var text = new StringBuilder($"transition:ConfChangeTransition{change.Transition ?? ConfChangeTransition.Auto}");
        foreach (ConfChangeSingle single in change.Changes)
            text.Append($" changes:{{type:ConfChange{single.Type} node_id:{single.NodeId}}}");
        if (!change.Context.IsEmpty)
            text.Append(" context:").Append(QuotedBytes.Format(change.Context.Span));
        return text.ToString();
    }
}
