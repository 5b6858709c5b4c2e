using Tenet.Samples;
using Tenet.Samples.Configuration;

await using SampleCluster cluster = await SampleCluster.OpenAsync(args);
await Sample.RunAsync(cluster.Client, Console.Out);
