using Tenet.Foundation.Randomness;
using Tenet.Simulation.Worlds;

namespace Tenet.Simulation.Faults;

/// <summary>All links are worse for a while.</summary>
internal sealed class BadNetwork(World world, SeededRandom random, FaultKind kind, Func<LinkQuality, double, LinkQuality> worsen)
    : Fault(world, random, kind, TimeSpan.FromSeconds(5))
{
    protected override void Strike()
    {
        double amount = Random.NextDouble();
        Tell(null, $"{Kind}");
        World.Network.Quality = worsen(World.Network.Quality, amount);
        Later(TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(6), () =>
        {
            Tell(null, $"no more {Kind}");
            World.Network.Quality = World.Plan.Network;
        });
    }
}
