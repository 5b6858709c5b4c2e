using System.Globalization;
using Tenet.Foundation.Randomness;
using Tenet.Interop.Tests.Processes;
using Tenet.Interop.Tests.Wire;

namespace Tenet.Interop.Tests.DataDirectory;

/// <summary>
/// One data directory goes to and fro between etcd and Tenet, each time left by kill -9 under load. Whoever opens it must see what the
/// other sees: revision, hash of all history, leases with their keys.
/// </summary>
public sealed class DataDirectoryTests
{
    [InteropFact]
    [Trait("Run", "Long")]
    public Task Directories_of_etcd_3_5_30_and_Tenet_are_interchangeable() => PassAroundAsync(Binaries.NewEtcd, 4, 1);

    [InteropFact]
    [Trait("Run", "Long")]
    public Task Directories_of_etcd_3_5_16_and_Tenet_are_interchangeable() => PassAroundAsync(Binaries.OldEtcd, 4, 2);

    [InteropFact]
    [Trait("Run", "Long")]
    public async Task Directories_with_many_raft_snapshots_are_interchangeable() => await PassAroundAsync(Binaries.NewEtcd, 3, 3, "--snapshot-count", "100");

    [InteropFact]
    public Task A_snapshot_of_Tenet_restores_with_etcdutl_and_starts_etcd() => RestoreAsync(Binaries.Subject, Binaries.NewEtcd);

    [InteropFact]
    public Task A_snapshot_of_etcd_restores_with_etcdutl_and_starts_Tenet() => RestoreAsync(Binaries.NewEtcd, Binaries.Subject);

    private static async Task PassAroundAsync(ServerBinary etcd, int generations, ulong seed, params string[] flags)
    {
        using Scratch scratch = new();
        SeededRandom random = new(seed);
        string directory = scratch["generation-0"];
        for (int generation = 0; generation < generations; generation++)
        {
            // etcd, Tenet, etcd, Tenet …
            ServerBinary writer = generation % 2 == 0 ? etcd : Binaries.Subject;
            string place = $"generation {generation} written by {writer}";
            Workload load;
            await using (ServerProcess server = await ServerProcess.StartAsync(writer, directory, flags))
            {
                load = new Workload(server, random.Fork());
                await load.RunAndKillAsync(600 + random.Next(300));
            }
            string copy = scratch[string.Create(CultureInfo.InvariantCulture, $"generation-{generation + 1}")];
            string other = scratch["other"];
            await Scratch.CopyAsync(directory, copy);
            await Scratch.CopyAsync(directory, other);
            await using (ServerProcess left = await ServerProcess.StartAsync(etcd, directory, flags))
            await using (ServerProcess right = await ServerProcess.StartAsync(Binaries.Subject, other, flags))
            {
                string expected = await left.Client.SummaryAsync();
                string actual = await right.Client.SummaryAsync();
                Assert.True(expected == actual, $"{place}\n--- etcd\n{expected}\n--- {right.Binary}\n{actual}");
                long revision = (await left.Client.EverythingAsync()).Header.Revision;
                Assert.True(revision >= load.Acknowledged, $"{place}: revision {load.Acknowledged} was acknowledged, {revision} is there");
                Assert.Equal(await left.Client.EverythingAsync() is var all ? all.Kvs : null, (await right.Client.EverythingAsync()).Kvs);
            }
            Directory.Delete(directory, recursive: true);
            Directory.Delete(other, recursive: true);
            directory = copy;
        }
    }

    private static async Task RestoreAsync(ServerBinary from, ServerBinary to)
    {
        using Scratch scratch = new();
        string before;
        await using (ServerProcess source = await ServerProcess.StartAsync(from, scratch["source"]))
        {
            await FillAsync(source.Client);
            ToolResult saved = await Tool.RunAsync(Binaries.Etcdctl, ["--endpoints", source.Endpoint, "snapshot", "save", scratch["snapshot.db"]]);
            Assert.True(saved.ExitCode == 0, saved.Output + saved.Errors);
            before = await source.Client.SummaryAsync();
        }
        ToolResult restored = await Tool.RunAsync(
            Binaries.Etcdutl,
            [
                "snapshot", "restore", scratch["snapshot.db"], "--data-dir", scratch["target"],
                "--initial-advertise-peer-urls", ServerProcess.PeerUrl, "--initial-cluster", $"default={ServerProcess.PeerUrl}",
            ]);
        Assert.True(restored.ExitCode == 0, restored.Output + restored.Errors);
        await using ServerProcess target = await ServerProcess.StartAsync(to, scratch["target"]);
        Assert.Equal(before, await target.Client.SummaryAsync());
        Assert.Equal(0, (await target.Client.PutAsync("after", "restore")).Status);
    }

    private static async Task FillAsync(EtcdClient client)
    {
        await client.GrantAsync(42, 6000);
        for (int i = 0; i < 400; i++)
            Assert.Equal(0, (await client.PutAsync($"key{i % 150}", new string('x', i))).Status);
        await client.PutAsync(new() { Key = Google.Protobuf.ByteString.CopyFromUtf8("leased"), Lease = 42 });
        Assert.Equal(0, (await client.CompactAsync(200)).Status);
    }
}
