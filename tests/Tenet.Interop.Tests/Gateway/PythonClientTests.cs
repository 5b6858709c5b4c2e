using System.Globalization;
using Tenet.Interop.Tests.Processes;
using Xunit.Abstractions;

namespace Tenet.Interop.Tests.Gateway;

/// <summary>Debian's two Python clients, one over JSON and one over gRPC, go through the same steps with both servers and must see the same.</summary>
public class PythonClientTests(ITestOutputHelper output)
{
    private static string Script => Path.Combine(AppContext.BaseDirectory, "Gateway", "python_clients.py");

    [PythonClientFact]
    public async Task Keys_leases_watches_locks_and_users()
    {
        using Scratch scratch = new();
        await using ServerProcess tenet = await ServerProcess.StartAsync(Binaries.Subject, scratch["tenet"]);
        await using ServerProcess etcd = await ServerProcess.StartAsync(Binaries.NewEtcd, scratch["etcd"]);
        ToolResult theirs = await RunAsync(etcd);
        ToolResult ours = await RunAsync(tenet);
        Assert.True(theirs.ExitCode == 0, theirs.Errors);
        Assert.Equal(theirs.Output, ours.Output);
        Assert.True(ours.ExitCode == 0, ours.Errors);
        output.WriteLine($"{theirs.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length} steps alike");
    }

    private static Task<ToolResult> RunAsync(ServerProcess server) =>
        Tool.RunAsync(PythonClientFactAttribute.Python, [Script, server.Port.ToString(CultureInfo.InvariantCulture)]);
}

/// <summary>A test that needs Debian's python3-etcd3gw and python3-etcd3 beside real etcd.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PythonClientFactAttribute : FactAttribute
{
    /// <summary>Debian's own, as that is whose packages they are.</summary>
    public const string Python = "/usr/bin/python3";

    private const string Packages = "/usr/lib/python3/dist-packages";

    public PythonClientFactAttribute() => Skip = Binaries.Missing()
        ?? (File.Exists(Python) && Directory.Exists($"{Packages}/etcd3gw") && Directory.Exists($"{Packages}/etcd3")
            ? null
            : "needs the Debian packages python3-etcd3gw and python3-etcd3");
}
