using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.WindowsServices;

namespace Tenet.App;

/// <summary>Runs a member under Windows' service control manager, which starts and stops it in place of signals.</summary>
internal static class WindowsService
{
    public static bool IsAsked => OperatingSystem.IsWindows() && WindowsServiceHelpers.IsWindowsService();

    public static async Task<int> RunAsync(Func<CancellationToken, Task<int>> member)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddWindowsService(static options => options.ServiceName = "Tenet");
        builder.Services.AddHostedService(_ => new MemberService(member));
        using IHost host = builder.Build();
        await host.RunAsync();
        return 0;
    }

    private sealed class MemberService(Func<CancellationToken, Task<int>> member) : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            int code = await member(stoppingToken);
            // The manager restarts what ended without having told it; a service that stops in good order is left stopped.
            if (!stoppingToken.IsCancellationRequested)
                Environment.Exit(code);
        }
    }
}
