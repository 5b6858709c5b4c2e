using Tenet.CommandLine;

namespace Tenet.App.Proxies;

/// <summary>The program's sub-commands (contract/api.md, 6.7): <c>grpc-proxy</c> and <c>gateway</c>.</summary>
internal static class ProxyCommands
{
    /// <summary>Whether the first word of a command line is one of them; everything else is a member's flags.</summary>
    public static bool Has(IReadOnlyList<string> arguments) => arguments is ["grpc-proxy" or "gateway", ..];

    public static Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        Command root = new Command("tenet", "a member of a Tenet or etcd cluster").Add(GrpcProxyCommand.Create(), GatewayCommand.Create());
        // Etcd says twice what is wrong.
        return new CommandProgram(root) { ErrorEnding = static problem => problem }.RunAsync(arguments, CommandConsole.OfProcess());
    }
}
