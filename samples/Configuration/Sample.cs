using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Primitives;
using Tenet.Client;

namespace Tenet.Samples.Configuration;

/// <summary>Reads a setting, changes it in the cluster, and shows that the application sees the change.</summary>
public static class Sample
{
    /// <summary>Runs it.</summary>
    public static async Task RunAsync(TenetClient client, TextWriter output, CancellationToken cancellation = default)
    {
        await client.Kv.PutAsync("samples/app/Greeting/Text", "hello", cancellation: cancellation);
        ConfigurationBuilder builder = new();
        builder.AddTenet(client, "samples/app/");
        IConfigurationRoot configuration = builder.Build();
        using (configuration as IDisposable)
        {
            await output.WriteLineAsync($"Greeting:Text is {configuration["Greeting:Text"]}");
            TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
            using (ChangeToken.OnChange(configuration.GetReloadToken, changed.SetResult))
            {
                await client.Kv.PutAsync("samples/app/Greeting/Text", "good day", cancellation: cancellation);
                await changed.Task.WaitAsync(cancellation);
            }
            await output.WriteLineAsync($"Greeting:Text is {configuration["Greeting:Text"]}");
        }
    }
}
