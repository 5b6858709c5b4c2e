using Tenet.Samples;
using Tenet.Samples.LeaderElection;

await using SampleCluster cluster = await SampleCluster.OpenAsync(args);
await Sample.RunAsync(cluster.Client, Console.Out);
