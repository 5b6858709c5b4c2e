using Tenet.Interop.Tests.Processes;

namespace Tenet.Interop.Tests.Clusters;

/// <summary>A member without room on its disk stops; it does not go on as if it had written. The others go on, and with room it comes back.</summary>
public sealed class FullDiskTests
{
    /// <summary>Room for the preallocated log and a few megabytes of data.</summary>
    private const int Megabytes = 200;

    [SmallDiskFact]
    [Trait("Run", "Long")]
    public Task A_leader_whose_disk_is_full_stops_and_comes_back_when_there_is_room() => Cluster.RunAsync(
        new() { StrictReconfigurationCheck = false }, [Binaries.Subject, Binaries.Subject], async cluster =>
        {
            await using SmallDisk disk = await SmallDisk.MountAsync(cluster.Directory("m3"), Megabytes);
            ClusterMember poor = await cluster.AddAsync(Binaries.Subject, learner: false);
            try
            {
                await using ClusterLoad load = ClusterLoad.Start(cluster, 41);
                await cluster.MoveLeaderAsync(poor);
                await load.GoesOnAsync();

                poor.MayFail = true;
                disk.Fill();
                await GrowUntilItEndsAsync(cluster, poor);
                Assert.NotEqual(0, await poor.Program.EndsAsync());
                await load.GoesOnAsync();

                disk.MakeRoom();
                await poor.RestartAsync();
                await cluster.LeaderAsync();
                await load.GoesOnAsync();
                await load.StopAndCheckAsync();
            }
            finally
            {
                await poor.DisposeAsync();
            }
        });

    private static async Task GrowUntilItEndsAsync(Cluster cluster, ClusterMember poor)
    {
        string value = new('x', 256 << 10);
        for (int i = 0; i < 1000 && poor.IsRunning; i++)
        {
            try
            {
                await cluster.Members[0].Client.PutAsync($"grows/{i}", value);
            }
            catch (Exception failure) when (failure is HttpRequestException or OperationCanceledException)
            {
                // Nobody leads at the moment.
            }
        }
    }
}
