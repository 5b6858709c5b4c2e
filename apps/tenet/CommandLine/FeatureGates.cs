using Tenet.Foundation.Text;
using Tenet.Hosting;

namespace Tenet.App.CommandLine;

/// <summary>The feature gates of etcd 3.7 (contract/api.md, 6.3): what they are by default, and what they are set to.</summary>
internal static class FeatureGates
{
    private const string Alpha = "ALPHA";
    private const string Beta = "BETA";
    private const string AllAlpha = "AllAlpha";
    private const string AllBeta = "AllBeta";

    /// <summary>Defaults are etcd's, but for the two checks for corruption, which are on here.</summary>
    private static readonly Gate[] Known =
    [
        new(AllAlpha, Alpha, false),
        new(AllBeta, Beta, false),
        new("CompactHashCheck", Alpha, true),
        new("FastLeaseKeepAlive", Beta, true),
        new("InitialCorruptCheck", Alpha, true),
        new("LeaseCheckpoint", Alpha, false),
        new("LeaseCheckpointPersist", Alpha, false),
        new("PriorityRequest", Alpha, false),
        new("SetMemberLocalAddr", Alpha, false),
        new("StopGRPCServiceOnDefrag", Alpha, false),
        // A matter of etcd's buffers, without meaning here.
        new("TxnModeWriteWithSharedBuffer", Beta, true),
    ];

    /// <summary>Reads <c>--feature-gates</c> and the switches of etcd 3.5 that have become gates.</summary>
    /// <exception cref="FlagsRefusedException">A gate is unknown, malformed or contradicted.</exception>
    public static IReadOnlyDictionary<string, FeatureGate> Read(FlagValues flags)
    {
        Dictionary<string, bool> given = new(StringComparer.Ordinal);
        foreach (string part in flags.Text("feature-gates").Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] pair = part.Split('=', 2, StringSplitOptions.TrimEntries);
            if (pair.Length < 2)
                throw new FlagsRefusedException($"missing bool value for {pair[0]}");
            given[pair[0]] = GoNumber.Bool(pair[1])
                ?? throw new FlagsRefusedException($"invalid value of {pair[0]}={pair[1]}, err: strconv.ParseBool: parsing \"{pair[1]}\": invalid syntax");
        }
        foreach (Flag old in FlagTable.All.Where(flag => flag.Gate is not null && flags.IsGiven(flag.Name)).OrderBy(flag => flag.Name, StringComparer.Ordinal))
        {
            bool wanted = flags.Switch(old.Name);
            if (given.TryGetValue(old.Gate!, out bool said) && said != wanted)
                throw new FlagsRefusedException($"--{old.Name} and feature gate {old.Gate} contradict each other");
            given[old.Gate!] = wanted;
        }
        if (given.Keys.FirstOrDefault(name => !Known.Any(gate => gate.Name == name)) is { } unknown)
        {
            string? nearest = NearestName.Find(unknown, Known.Select(gate => gate.Name));
            throw new FlagsRefusedException($"unrecognized feature gate: {unknown}{(nearest is null ? "" : $" (did you mean {nearest}?)")}");
        }
        Dictionary<string, FeatureGate> gates = Known.ToDictionary(gate => gate.Name, gate => new FeatureGate(gate.Name, gate.Stage, Wanted(gate, given)), StringComparer.Ordinal);
        return gates["LeaseCheckpointPersist"].Enabled && !gates["LeaseCheckpoint"].Enabled
            ? throw new FlagsRefusedException("enabling feature gate LeaseCheckpointPersist requires enabling feature gate LeaseCheckpoint")
            : gates;
    }

    /// <summary>The gates for the help text, one on a line.</summary>
    public static string Help() =>
        string.Concat(Known.Select(gate => $"  {gate.Name}={(gate.Default ? "true" : "false")} ({gate.Stage})\n"));

    /// <summary>What was said of the gate itself, else of its stage, else its default.</summary>
    private static bool Wanted(Gate gate, Dictionary<string, bool> given) =>
        given.TryGetValue(gate.Name, out bool own) || given.TryGetValue(gate.Stage == Alpha ? AllAlpha : AllBeta, out own) ? own : gate.Default;

    private sealed record Gate(string Name, string Stage, bool Default);
}
