using Tenet.Client;
using Tenet.Hosting;

namespace Tenet.Samples.Tests;

public sealed class SampleTests
{
    private readonly CancellationToken _patience = new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token;

    [Fact]
    public async Task Configuration_follows_a_prefix() =>
        Assert.Equal(["Greeting:Text is hello", "Greeting:Text is good day"], await RunAsync(Configuration.Sample.RunAsync));

    [Fact]
    public async Task A_former_holder_of_a_lock_is_refused()
    {
        string[] lines = await RunAsync(FencedLock.Sample.RunAsync);
        Assert.Equal(["worker 1 was here", "worker 2 was here", "worker 3 was here"], lines[..3].Order());
        Assert.Equal(
            [
                "counted to 3",
                "a former holder may write into the ledger: False",
                "a former holder may count: False",
                "the present holder may count: True",
            ],
            lines[3..]);
    }

    [Fact]
    public async Task One_of_two_services_leads_at_a_time() =>
        Assert.Equal(["first leads", "first stops leading", "second leads", "second stops leading"], await RunAsync(LeaderElection.Sample.RunAsync));

    private async Task<string[]> RunAsync(Func<TenetClient, TextWriter, CancellationToken, Task> sample)
    {
        await using TenetMember member = await TenetMember.StartAsync(TenetOptions.InMemory(), cancellation: _patience);
        await using TenetClient client = member.CreateClient();
        await using StringWriter output = new();
        await sample(client, output, _patience);
        return output.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
    }
}
