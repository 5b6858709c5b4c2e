using System.Collections.Frozen;
using Tenet.Client.Calls.Methods;

namespace Tenet.Client.Routing;

/// <summary>The methods that may be carried out twice without harm, as etcd's own client counts them (contract/api.md, 11.1).</summary>
internal static class RepeatableMethods
{
    private static readonly FrozenSet<string> Paths = FrozenSet.Create(
        StringComparer.Ordinal,
        KvMethods.Range.Path,
        ClusterMethods.MemberList.Path,
        LeaseMethods.LeaseGrant.Path,
        LeaseMethods.LeaseRevoke.Path,
        LeaseMethods.LeaseTimeToLive.Path,
        LeaseMethods.LeaseLeases.Path,
        MaintenanceMethods.Alarm.Path,
        MaintenanceMethods.Status.Path,
        MaintenanceMethods.Hash.Path,
        MaintenanceMethods.HashKV.Path,
        MaintenanceMethods.Snapshot.Path,
        MaintenanceMethods.MoveLeader.Path,
        AuthMethods.Authenticate.Path,
        AuthMethods.AuthStatus.Path,
        AuthMethods.UserGet.Path,
        AuthMethods.UserList.Path,
        AuthMethods.RoleGet.Path,
        AuthMethods.RoleList.Path,
        HealthMethods.Check.Path);

    public static bool Contains(string path) => Paths.Contains(path);
}
