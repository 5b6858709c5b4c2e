using Tenet.Foundation.Logging;

namespace Tenet.App.CommandLine;

/// <summary>What is allowed, and worth a second thought: etcd's warnings at start, and those about names that it has dropped.</summary>
internal static class StartWarnings
{
    public static void Write(FlagValues flags, ILog log)
    {
        if (flags.Text("listen-client-http-urls").Length == 0)
            log.Warn("Running http and grpc server on single port. This is not recommended for production.");
        if (flags.Text("name") == "default")
        {
            log.Warn(
                "it isn't recommended to use default name, please set a value for --name. Note that etcd might run into issue when multiple members have the same default name",
                new LogField("name", "default"));
        }
        if (flags.IsGiven("max-snapshots"))
            log.Warn("--max-snapshots is deprecated in 3.6 and will be decommissioned in 3.8.");
        if (flags.IsGiven("v2-deprecation"))
            log.Warn("--v2-deprecation is deprecated and scheduled for removal in v3.8. The default value is enforced, ignoring user input.");
        foreach (Flag old in flags.OldNames)
        {
            string now = old.AliasOf is { } flag ? $"--{flag}" : $"--feature-gates={old.Gate}=true|false";
            log.Warn($"--{old.Name} is its name in etcd 3.5; etcd 3.7 refuses it and knows {now}.");
        }
        if (!flags.AreFromFile)
        {
            RaisedTimeout(flags, "raft-read-timeout", log);
            RaisedTimeout(flags, "raft-write-timeout", log);
        }
    }

    private static void RaisedTimeout(FlagValues flags, string name, ILog log)
    {
        if (flags.Duration(name) < Configuration.ShortestPeerTimeout)
            log.Info($"{name} increased to minimum value: {GoDuration.Format(Configuration.ShortestPeerTimeout)}");
    }
}
