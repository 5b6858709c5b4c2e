using System.Diagnostics;
using Tenet.Simulation.Worlds;

ulong seed = ulong.Parse(args[0]);
ulong to = args.Length > 1 && ulong.TryParse(args[1], out ulong last) ? last : seed;
bool trace = args.Contains("--trace");
int failed = 0;
for (; seed <= to; seed++)
{
    var watch = Stopwatch.StartNew();
    var world = new World(WorldPlan.Draw(seed), trace ? Console.WriteLine : null);
    try
    {
        world.Run();
        Console.WriteLine($"{seed} {world.Trace.Hash:x16} ok {watch.ElapsedMilliseconds} ms, {world.Trace.Count} events, {world.Turns} turns, {world.History.Operations.Count} ops, rev {world.HighestRevision}, {world.Time.TotalSeconds:F0} s");
    }
    catch (Exception failure)
    {
        failed++;
        if (!trace)
            Console.WriteLine(world.Trace.Last());
        Console.WriteLine(world.Plan);
        Console.WriteLine($"{seed} {world.Trace.Hash:x16} FAILED at {world.Time.TotalSeconds:F3} s, {watch.ElapsedMilliseconds} ms: {failure}");
    }
}

return failed > 0 ? 1 : 0;
