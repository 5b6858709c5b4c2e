using System.Globalization;
using System.Text;
using Tenet.Interop.Tests.Processes;
using Xunit.Abstractions;

namespace Tenet.Interop.Tests.Tools;

/// <summary>
/// The scenes, played with the real tools and with ours, each against real etcd and against Tenet: what goes to both streams and the exit code are
/// equal, but for what <see cref="Masks"/> takes out and what the scenes accept with a reason. TENET_TOOLS_SCENE=name plays one scene and shows it.
/// </summary>
public sealed class ToolComparisonTests(ITestOutputHelper output)
{
    // Each player keeps a tool and a server busy.
    private static readonly int PlayersMax = Math.Max(2, Environment.ProcessorCount);

    [InteropFact]
    public Task The_tools_print_and_end_alike_for_keys_and_transactions() => CompareAsync(static scene => scene.Name is "kv" or "txn");

    [InteropFact]
    [Trait("Run", "Long")]
    public async Task The_tools_print_and_end_alike_whosoever_they_are_and_whichever_server_answers()
    {
        string? only = Environment.GetEnvironmentVariable("TENET_TOOLS_SCENE");
        int invocations = await CompareAsync(scene => only is null || scene.Name == only, isShown: only is not null, isWhole: only is null);
        Assert.True(only is not null || invocations >= 300, $"only {invocations} invocations");
    }

    /// <returns>How many invocations the scenes hold.</returns>
    private async Task<int> CompareAsync(Func<Scene, bool> isPlayed, bool isShown = false, bool isWhole = false)
    {
        List<Scene> scenes = [.. Scene.All().Where(isPlayed)];
        IReadOnlyDictionary<string, string> reasons = Scene.Reasons();
        using SemaphoreSlim players = new(PlayersMax);
        List<Task<Transcript>> plays = [];
        foreach (Scene scene in scenes)
        {
            foreach (Column column in Column.Others.Prepend(Column.Reference))
                plays.Add(PlayAsync(scene, column, players));
        }
        List<Transcript> transcripts = [.. await Task.WhenAll(plays)];

        StringBuilder complaints = new();
        Dictionary<string, int> accepted = reasons.Keys.ToDictionary(reason => reason, _ => 0);
        foreach (IGrouping<Scene, Transcript> played in transcripts.GroupBy(transcript => transcript.Scene))
        {
            Transcript reference = played.Single(transcript => transcript.Column == Column.Reference);
            foreach (Transcript actual in played.Where(transcript => transcript != reference))
                Compare(reference, actual, reasons, accepted, complaints);
            for (int i = 0; isShown && i < reference.Outcomes.Count; i++)
                output.WriteLine($"{reference.Scene.Steps[i].Line}\n{Quoted(reference.Outcomes[i])}");
        }
        int invocations = scenes.Sum(scene => scene.Steps.Count(step => step.IsInvocation));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{invocations} invocations in {scenes.Count} scenes, {Column.Others.Count + 1} columns."));
        foreach ((string reason, int count) in accepted)
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"accepted {count} times: {reasons[reason]}"));
        foreach (string unused in accepted.Where(reason => isWhole && reason.Value == 0).Select(reason => reason.Key))
            complaints.AppendLine(CultureInfo.InvariantCulture, $"nothing differs for the reason {unused}");
        Assert.True(complaints.Length == 0, complaints.ToString());
        return invocations;
    }

    private static async Task<Transcript> PlayAsync(Scene scene, Column column, SemaphoreSlim players)
    {
        await players.WaitAsync();
        try
        {
            return new(scene, column, await SceneRunner.PlayAsync(scene, column));
        }
        finally
        {
            players.Release();
        }
    }

    private static void Compare(Transcript reference, Transcript actual, IReadOnlyDictionary<string, string> reasons, Dictionary<string, int> accepted, StringBuilder complaints)
    {
        for (int i = 0; i < reference.Outcomes.Count; i++)
        {
            Step step = reference.Scene.Steps[i];
            Difference? difference = step.Differences.FirstOrDefault(difference => actual.Column.Matches(difference.Columns));
            if (difference is not null && !reasons.ContainsKey(difference.Reason))
                complaints.AppendLine(CultureInfo.InvariantCulture, $"the reason {difference.Reason} is not given");
            string expected = difference?.Expected ?? reference.Outcomes[i];
            if (difference is not null && reference.Outcomes[i] == actual.Outcomes[i])
                complaints.AppendLine(CultureInfo.InvariantCulture, $"=== {reference.Scene.Name} {i}: {step.Line}\n{actual.Column.Name} no longer differs ({difference.Reason})");
            else if (Quoted(expected) != Quoted(actual.Outcomes[i]))
                complaints.AppendLine(CultureInfo.InvariantCulture, $"=== {reference.Scene.Name} {i}: {step.Line}\n--- expected\n{expected}--- {actual.Column.Name}\n~ {actual.Column.Name} …\n{Quoted(actual.Outcomes[i])}");
            else if (difference is not null)
                accepted[difference.Reason]++;
        }
    }

    /// <summary>As it would stand in a scene if it were accepted.</summary>
    private static string Quoted(string outcome) => string.Concat(outcome.TrimEnd('\n').Split('\n').Select(line => $">{line}\n"));

    private sealed record Transcript(Scene Scene, Column Column, List<string> Outcomes);
}
