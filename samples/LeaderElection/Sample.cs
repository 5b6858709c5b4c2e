using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Tenet.Client;

namespace Tenet.Samples.LeaderElection;

/// <summary>Two hosts run the same service: one leads, and when its host stops, the other.</summary>
public static class Sample
{
    /// <summary>Runs it.</summary>
    public static async Task RunAsync(TenetClient client, TextWriter output, CancellationToken cancellation = default)
    {
        Channel<string> reports = Channel.CreateUnbounded<string>();
        using IHost first = BuildHost(client, "first", reports.Writer);
        using IHost second = BuildHost(client, "second", reports.Writer);
        await first.StartAsync(cancellation);
        await output.WriteLineAsync(await reports.Reader.ReadAsync(cancellation));
        await second.StartAsync(cancellation);
        await first.StopAsync(cancellation);
        for (int i = 0; i < 2; i++)
            await output.WriteLineAsync(await reports.Reader.ReadAsync(cancellation));
        await second.StopAsync(cancellation);
        await output.WriteLineAsync(await reports.Reader.ReadAsync(cancellation));
    }

    private static IHost BuildHost(TenetClient client, string name, ChannelWriter<string> reports)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddHostedService(_ => new Reporter(client, name, report => reports.TryWrite(report)));
        return builder.Build();
    }
}
