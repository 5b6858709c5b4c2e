using Microsoft.Extensions.Hosting;
using Tenet.Client;

namespace Tenet.Samples.LeaderElection;

/// <summary>A background service of which one instance works at a time, over all processes and machines; the others wait to take its place.</summary>
/// <param name="client">The cluster that elects.</param>
/// <param name="election">The election; the same for all instances.</param>
/// <param name="name">This instance, as others see it.</param>
public abstract class LeaderElectedService(TenetClient client, string election, string name) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    // How long the work rests if this process dies without a word.
    private static readonly LockOptions Office = new() { TimeToLive = TimeSpan.FromSeconds(10) };

    /// <summary>This instance, as others see it.</summary>
    protected string Name { get; } = name;

    /// <inheritdoc/>
    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await using Leadership leadership = await client.Elections.CampaignAsync(election, Name, Office, stoppingToken);
                using CancellationTokenSource term = CancellationTokenSource.CreateLinkedTokenSource(leadership.Lost, stoppingToken);
                await LeadAsync(leadership, term.Token);
            }
            catch (OperationCanceledException)
            {
                // The office is lost, or the service stops: the loop knows.
            }
            catch (Exception problem)
            {
                // Such as a cluster that cannot be reached. Leadership was given back, so another instance may go on.
                Failed(problem);
                await Task.Delay(Pause, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>The work. It ends when <paramref name="term"/> does, which is before another instance can begin; returning earlier resigns.</summary>
    /// <param name="leadership">The office, for fencing.</param>
    /// <param name="term">Fires when leadership is lost or the service stops.</param>
    protected abstract Task LeadAsync(Leadership leadership, CancellationToken term);

    /// <summary>Something went wrong, and this instance will be a candidate again.</summary>
    protected abstract void Failed(Exception problem);
}
