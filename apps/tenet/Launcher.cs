using System.Collections;
using System.Reflection;
using System.Runtime.InteropServices;
using Tenet.App.CommandLine;
using Tenet.App.Logging;
using Tenet.App.Proxies;
using Tenet.Foundation.Logging;
using Tenet.Hosting;
using Tenet.Server;

namespace Tenet.App;

/// <summary>From a command line to a running member and its exit code (contract/api.md, 6.1).</summary>
internal static class Launcher
{
    private const int Done = 0;
    private const int Failed = 1;
    private const int WrongUsage = 2;

    public static async Task<int> RunAsync(string[] arguments)
    {
        if (ProxyCommands.Has(arguments))
            return await ProxyCommands.RunAsync(arguments);
        FlagValues flags = new();
        ParsedArguments parsed = FlagParser.Parse(arguments, flags);
        if (parsed.Problem is not null)
        {
            Console.Error.WriteLine(parsed.Problem);
            Console.Error.WriteLine(HelpText.Usage);
            return WrongUsage;
        }
        if (flags.IsGiven("help") && flags.Switch("help"))
        {
            Console.Error.WriteLine(HelpText.Usage);
            Console.Out.WriteLine(HelpText.Flags());
            return Done;
        }
        if (parsed.Rest.Count == 0 && flags.Switch("version"))
        {
            PrintVersion();
            return Done;
        }
        if (Configure(flags, parsed.Rest, arguments, out TracingSettings? tracing, out ProcessLog log) is not { } options)
        {
            log.Dispose();
            return Failed;
        }
        using (log)
        {
            Task<int> Run(CancellationToken stop) => MemberProcess.RunAsync(options, tracing, log, stop);
            return WindowsService.IsAsked ? await WindowsService.RunAsync(Run) : await Run(CancellationToken.None);
        }
    }

    /// <summary>Reads file or variables, opens the log and checks the flags against each other; null after it was said what is wrong.</summary>
    private static TenetOptions? Configure(FlagValues flags, IReadOnlyList<string> rest, string[] arguments, out TracingSettings? tracing, out ProcessLog log)
    {
        tracing = null;
        // Until it is known where lines should go, they go where etcd's go by default.
        log = LogSettings.Default.Open(TimeProvider.System);
        string? problem = null;
        TenetOptions? options = null;
        try
        {
            if (rest.Count > 0)
                throw new FlagsRefusedException($"\"{rest[0]}\" is not a valid flag");
            Dictionary<string, string> variables = Variables();
            string file = flags.Text("config-file") is { Length: > 0 } given ? given : variables.GetValueOrDefault("ETCD_CONFIG_FILE", "");
            if (file.Length > 0)
                ConfigurationFile.Read(file, flags = new FlagValues { AreFromFile = true });
            else if (EnvironmentVariables.Apply(variables, flags, log) is { } malformed)
                throw new FlagsRefusedException(malformed);
            log = Configuration.Log(flags).Open(TimeProvider.System);
            if (file.Length > 0)
                log.Info("loaded server configuration, other configuration command line flags and environment variables will be ignored if provided", new LogField("path", file));
            StartWarnings.Write(flags, log);
            options = Configuration.Options(flags);
            tracing = Configuration.Tracing(flags);
            if (options.Member is { LeaseCheckpoints: true, LeaseCheckpointPersist: false })
                log.Warn("Detected that checkpointing is enabled without persistence. Consider enabling feature gate LeaseCheckpointPersist");
        }
        catch (Exception refused) when (refused is FlagsRefusedException or IOException)
        {
            if (refused is FlagsRefusedException { GoesToStandardError: true })
            {
                Console.Error.WriteLine(refused.Message);
                return null;
            }
            problem = refused.Message;
        }
        // What a flag and its variable contradict each other in has been said, and is all that is said.
        if (problem == "")
            return null;
        log.Info("Running: ", new LogField("args", (string[])["tenet", .. arguments]));
        if (problem is not null)
            log.Warn("failed to verify flags", new LogField("error", problem));
        else if (flags.Text("data-dir").Length == 0)
            log.Warn("'data-dir' was empty; using default", new LogField("data-dir", options!.Member.DataDirectory));
        return problem is null ? options : null;
    }

    private static Dictionary<string, string> Variables() => Environment.GetEnvironmentVariables()
        .Cast<DictionaryEntry>()
        .ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? "", StringComparer.Ordinal);

    private static void PrintVersion()
    {
        string build = typeof(Launcher).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";
        string commit = build.Split('+') is [_, var hash] ? hash : "not known";
        Console.Out.WriteLine($"etcd Version: {MemberOptions.ServerVersion}");
        Console.Out.WriteLine($"Git SHA: {commit}");
        Console.Out.WriteLine($"Tenet on {RuntimeInformation.FrameworkDescription}");
        Console.Out.WriteLine($"OS/Arch: {(OperatingSystem.IsLinux() ? "linux" : RuntimeInformation.OSDescription)}/{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}");
    }
}
