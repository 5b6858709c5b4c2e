using Tenet.Bench;
using Tenet.Bench.Cluster;

if (BenchOptions.Parse(args) is not { Help: false } options)
{
    Console.Error.WriteLine(BenchOptions.Usage);
    return args.Contains("--help") ? 0 : 2;
}

string etcdHome = Environment.GetEnvironmentVariable("TENET_ETCD_DIR") is { Length: > 0 } given
    ? given
    : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "tenet-etcd");
ServerProgram[] programs =
[
    new("etcd 3.5.30", Path.Combine(etcdHome, "sid", "etcd"), []),
    new("tenet", "dotnet", [options.Tenet]),
];
ServerProgram[] wanted = [.. programs.Where(program => options.WantsServer(program.Name))];
ResultTable table = new([.. programs.Select(program => program.Name)]);
if (options.WantsGroup("single"))
{
    foreach (ServerProgram program in wanted)
        await new SingleBench(options, program, table).RunAsync();
}
if (options.WantsGroup("cluster"))
    await new ClusterBench(options, wanted, table).RunAsync();
if (options.WantsGroup("defrag"))
{
    foreach (ServerProgram program in wanted)
        await new DefragmentationBench(options, program, table).RunAsync();
}
if (options.WantsGroup("logins"))
{
    foreach (ServerProgram program in wanted)
        await new LoginBench(options, program, table).RunAsync();
}
if (options.WantsGroup("client"))
{
    foreach (ServerProgram program in wanted)
        await new ClientBench(options, program, table).RunAsync();
}
Console.WriteLine(table.Render());
return 0;
