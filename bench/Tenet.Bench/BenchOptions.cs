using System.Globalization;

namespace Tenet.Bench;

/// <summary>How long and how much.</summary>
internal sealed record Scale(TimeSpan WarmUp, TimeSpan Measured, int Keys, int LargeKeys, int Repetitions, int Rounds, bool Quick);

/// <summary>What the command line asks for.</summary>
internal sealed class BenchOptions
{
    public const string Usage = """
        usage: ./dev bench [single|cluster|defrag|logins|client] [options]

          single, cluster  one server alone, or three members; both unless told
          defrag           one server: a large database is defragmented while puts come in
          logins           one server: wrong logins come in while a user puts
          client           one server under Tenet.Client: puts on one connection, and what each allocates in the client

          --quick          short runs and a tenth of the keys: about two minutes for both
          --only A,B       some of the scenarios; single: put, get, range, latency, watch, memory; cluster: put, get, pause, failover
          --servers A      etcd or tenet alone
          --seconds N      how long each scenario is measured (default 8)
          --keys N         how many keys the memory scenario stores (default 1000000)
          --repetitions N  how often the cluster scenarios are run, each time with new members; medians are shown (default 3)
          --megabytes N    how large that database is (default 2048)
          --rounds N       how many leaders are killed in all (default 20)
          --tenet DLL      the build of Tenet that is measured (default artifacts/publish/tenet/tenet.dll)
          --directory DIR  where the data directories are made (default artifacts/bench): the disk that is measured
        """;

    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);
    private string? _group;

    public Scale Scale => new(
        WarmUp: TimeSpan.FromSeconds(Quick ? 1.5 : 4),
        Measured: TimeSpan.FromSeconds(Number("seconds", Quick ? 2 : 8)),
        Keys: 10_000,
        LargeKeys: Number("keys", Quick ? 100_000 : 1_000_000),
        Repetitions: Number("repetitions", Quick ? 1 : 3),
        Rounds: Number("rounds", Quick ? 5 : 20),
        Quick: Quick);

    /// <summary>How much is stored before a defragmentation.</summary>
    public long Megabytes => Number("megabytes", Quick ? 200 : 2048);

    public bool Help => _values.ContainsKey("help");

    public string Directory => Path.GetFullPath(_values.GetValueOrDefault("directory", "artifacts/bench"));

    /// <summary>The build of Tenet that is measured.</summary>
    public string Tenet => Path.GetFullPath(_values.GetValueOrDefault("tenet", "artifacts/publish/tenet/tenet.dll"));

    private bool Quick => _values.ContainsKey("quick");

    /// <summary>The options, or null if the arguments are none.</summary>
    public static BenchOptions? Parse(string[] arguments)
    {
        BenchOptions options = new();
        for (int i = 0; i < arguments.Length; i++)
        {
            string name = arguments[i].TrimStart('-');
            if (arguments[i] is "single" or "cluster" or "defrag" or "logins" or "client")
                options._group = arguments[i];
            else if (name is "quick" or "help")
                options._values[name] = "";
            else if (name is "only" or "servers" or "seconds" or "keys" or "repetitions" or "rounds" or "megabytes" or "tenet" or "directory" && i + 1 < arguments.Length)
                options._values[name] = arguments[++i];
            else
                return null;
        }
        return options;
    }

    public bool WantsGroup(string group) => _group is null ? group is "single" or "cluster" : _group == group;

    public bool WantsServer(string name) => Wants("servers", name.Split(' ')[0]);

    public bool WantsScenario(string name) => Wants("only", name);

    private bool Wants(string list, string name) => !_values.TryGetValue(list, out string? wanted) || wanted.Split(',').Contains(name);

    private int Number(string name, int standard) =>
        _values.TryGetValue(name, out string? text) ? int.Parse(text, CultureInfo.InvariantCulture) : standard;
}
