using Tenet.Interop.Tests.Clusters;
using Tenet.Interop.Tests.Processes;

namespace Tenet.Interop.Tests.Auth;

/// <summary>Users and roles that one program wrote, asked for by the other: in one directory, and in one cluster.</summary>
public sealed class AuthAcrossProgramsTests
{
    [InteropFact]
    [Trait("Run", "Long")]
    public Task Etcd_writes_users_and_Tenet_asks_for_them() => PassOnAsync(Binaries.NewEtcd, Binaries.Subject);

    [InteropFact]
    public Task Tenet_writes_users_and_etcd_asks_for_them() => PassOnAsync(Binaries.Subject, Binaries.NewEtcd);

    [InteropTheory]
    [ThoroughData(Composition.TNN)]
    [InlineData(Composition.TTN)]
    [Trait("Run", "Long")]
    public Task Members_of_both_programs_share_users_and_logins(string programs) =>
        Cluster.RunAsync(ClusterSettings.SmallSnapshots, Composition.Programs(programs), static async cluster =>
        {
            string[] endpoints = [.. cluster.Members.Select(static member => member.ClientUrl)];
            await FillAsync(endpoints);
            foreach (string endpoint in endpoints)
            {
                await CheckAsync([endpoint]);
                await SucceedsAsync([endpoint], "--user", "root:rootpw", "user", "add", $"u{Array.IndexOf(endpoints, endpoint)}:pw");
            }

            foreach (string endpoint in endpoints)
            {
                for (int i = 0; i < endpoints.Length; i++)
                {
                    await SucceedsAsync([endpoint], "--user", "root:rootpw", "user", "grant-role", $"u{i}", "r");
                    await SucceedsAsync([endpoint], "--user", $"u{i}:pw", "put", "a", $"{i}");
                }

                // Enough entries for snapshots.
                for (int i = 0; i < 10; i++)
                    await SucceedsAsync([endpoint], "--user", "u:upw", "put", $"a{i}", "x");
            }

            // One that was away learns from its log or from a snapshot what the others decided.
            ClusterMember away = cluster.Members[0];
            await Cluster.StopAsync(away);
            string[] others = endpoints[1..];
            await SucceedsAsync(others, "--user", "root:rootpw", "user", "add", "late:pw");
            await SucceedsAsync(others, "--user", "root:rootpw", "user", "grant-role", "late", "r");
            for (int i = 0; i < 40; i++)
                await SucceedsAsync(others, "--user", "u:upw", "put", $"a{i % 7}", "y");
            await away.RestartAsync();
            await CheckAsync([endpoints[0]]);
            await SucceedsAsync([endpoints[0]], "--user", "late:pw", "put", "a", "late");
            await RefusedAsync([endpoints[0]], "permission denied", "--user", "late:pw", "put", "b", "late");

            // One revision and one hash of the history: nobody let something in that another refused.
            await SucceedsAsync(endpoints, "--user", "root:rootpw", "auth", "disable");
            await cluster.ConvergedAsync();
        });

    private static async Task PassOnAsync(ServerBinary writer, ServerBinary reader)
    {
        using Scratch scratch = new();
        await using (ServerProcess first = await ServerProcess.StartAsync(writer, scratch["data"]))
        {
            await FillAsync([first.Endpoint]);
            await CheckAsync([first.Endpoint]);
            await first.StopAsync();
        }

        await using (ServerProcess second = await ServerProcess.StartAsync(reader, scratch["data"]))
        {
            string[] here = [second.Endpoint];
            await CheckAsync(here);
            await SucceedsAsync(here, "--user", "root:rootpw", "user", "add", "second:secondpw");
            await SucceedsAsync(here, "--user", "root:rootpw", "user", "grant-role", "second", "r");
            await SucceedsAsync(here, "--user", "root:rootpw", "role", "grant-permission", "r", "readwrite", "c");
            await second.StopAsync();
        }

        // Back where they came from, with what the other has added.
        await using ServerProcess again = await ServerProcess.StartAsync(writer, scratch["data"]);
        await CheckAsync([again.Endpoint]);
        await SucceedsAsync([again.Endpoint], "--user", "second:secondpw", "put", "c", "1");
        await RefusedAsync([again.Endpoint], "permission denied", "--user", "second:secondpw", "put", "d", "1");
    }

    /// <summary>root, and <c>u</c> who may read and write <c>a*</c>; users are asked for.</summary>
    private static async Task FillAsync(string[] endpoints)
    {
        await SucceedsAsync(endpoints, "user", "add", "root:rootpw");
        await SucceedsAsync(endpoints, "user", "grant-role", "root", "root");
        await SucceedsAsync(endpoints, "user", "add", "u:upw");
        await SucceedsAsync(endpoints, "user", "add", "n", "--no-password");
        await SucceedsAsync(endpoints, "role", "add", "r");
        await SucceedsAsync(endpoints, "role", "grant-permission", "r", "readwrite", "a", "b");
        await SucceedsAsync(endpoints, "user", "grant-role", "u", "r");
        await SucceedsAsync(endpoints, "put", "b", "1");
        await SucceedsAsync(endpoints, "auth", "enable");
    }

    private static async Task CheckAsync(string[] endpoints)
    {
        await SucceedsAsync(endpoints, "--user", "u:upw", "put", "a", "1");
        await SucceedsAsync(endpoints, "--user", "u:upw", "get", "a", "b");
        await SucceedsAsync(endpoints, "--user", "root:rootpw", "get", "", "--prefix");
        await RefusedAsync(endpoints, "permission denied", "--user", "u:upw", "get", "b");
        await RefusedAsync(endpoints, "permission denied", "--user", "u:upw", "put", "b", "2");
        await RefusedAsync(endpoints, "invalid user ID or password", "--user", "u:wrong", "get", "a");
        await RefusedAsync(endpoints, "user name is empty", "get", "a");
    }

    private static async Task SucceedsAsync(string[] endpoints, params string[] arguments)
    {
        ToolResult result = await RunAsync(endpoints, arguments);
        Assert.True(result.ExitCode == 0, $"etcdctl {string.Join(' ', arguments)} at {string.Join(',', endpoints)}: {result.Output}{result.Errors}");
    }

    private static async Task RefusedAsync(string[] endpoints, string reason, params string[] arguments)
    {
        ToolResult result = await RunAsync(endpoints, arguments);
        Assert.True(result.ExitCode != 0 && result.Errors.Contains(reason, StringComparison.Ordinal), $"etcdctl {string.Join(' ', arguments)} at {string.Join(',', endpoints)}: {result.Output}{result.Errors}");
    }

    private static Task<ToolResult> RunAsync(string[] endpoints, string[] arguments) =>
        Tool.RunAsync(Binaries.Etcdctl, ["--endpoints", string.Join(',', endpoints), "--command-timeout", "20s", "--dial-timeout", "20s", .. arguments]); // a login counts as dialling
}
