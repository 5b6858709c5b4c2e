using Tenet.State.Members;

namespace Tenet.State.Tests.Apply;

/// <summary>Configuration changes as members propose them.</summary>
internal static class Changes
{
    public static MemberChange Add(ulong id, params string[] peerUrls) =>
        new(MemberChangeKind.AddVoter, id, MemberJson.Write(new ClusterMember(id, peerUrls, false, "", [])));

    public static MemberChange AddLearner(ulong id, params string[] peerUrls) =>
        new(MemberChangeKind.AddLearner, id, MemberJson.Write(new ClusterMember(id, peerUrls, true, "", [])));

    public static MemberChange Promote(ulong id) => new(MemberChangeKind.AddVoter, id, MemberJson.WritePromotion(id));

    public static MemberChange Remove(ulong id) => new(MemberChangeKind.Remove, id, default);

    public static MemberChange Update(ulong id, params string[] peerUrls) =>
        new(MemberChangeKind.Update, id, MemberJson.Write(new ClusterMember(id, peerUrls, false, "", [])));

    public static MemberChange UpdateLearner(ulong id, params string[] peerUrls) =>
        new(MemberChangeKind.Update, id, MemberJson.Write(new ClusterMember(id, peerUrls, true, "", [])));
}
