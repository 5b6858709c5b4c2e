using Tenet.Client;

namespace Tenet.Samples.LeaderElection;

/// <summary>Says when its term begins and when it ends.</summary>
public sealed class Reporter(TenetClient client, string name, Action<string> report) : LeaderElectedService(client, "samples/reporter", name)
{
    /// <inheritdoc/>
    protected override async Task LeadAsync(Leadership leadership, CancellationToken term)
    {
        report($"{Name} leads");
        // The work of a real service is here, and it looks at the token.
        await Task.Delay(Timeout.Infinite, term).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        report($"{Name} stops leading");
    }

    /// <inheritdoc/>
    protected override void Failed(Exception problem) => report($"{Name} failed: {problem.Message}");
}
