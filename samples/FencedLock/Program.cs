using Tenet.Samples;
using Tenet.Samples.FencedLock;

await using SampleCluster cluster = await SampleCluster.OpenAsync(args);
await Sample.RunAsync(cluster.Client, Console.Out);
