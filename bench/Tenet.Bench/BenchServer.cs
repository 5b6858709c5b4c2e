using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Tenet.Bench;

/// <summary>How a server is started.</summary>
internal sealed record ServerProgram(string Name, string FileName, string[] Arguments);

/// <summary>A server under load: a process, with its own data directory.</summary>
internal sealed class BenchServer : IDisposable
{
    private const double ClockTicksPerSecond = 100; // USER_HZ, which is fixed
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(5);
    private static readonly HttpClient Http = new();
    private readonly ServerProgram _program;
    private readonly Process _process;
    private readonly long _startedAt = Stopwatch.GetTimestamp();

    private BenchServer(ServerProgram program, Process process, int port)
    {
        _program = program;
        _process = process;
        Port = port;
    }

    /// <summary>Where it serves clients.</summary>
    public int Port { get; }

    /// <summary>Resident memory in MiB, as the system counts it: file pages that are mapped included.</summary>
    public double ResidentMebibytes => Kibibytes("VmRSS:") / 1024.0;

    /// <summary>The part of it that no file backs.</summary>
    public double AnonymousMebibytes => Kibibytes("RssAnon:") / 1024.0;

    /// <summary>How long it has kept a processor busy, in user and in system mode.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            // The second field, the name, may hold spaces and ends with the last parenthesis.
            string[] fields = File.ReadAllText($"/proc/{_process.Id}/stat").Split(')')[^1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            long ticks = long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
            return TimeSpan.FromSeconds(ticks / ClockTicksPerSecond);
        }
    }

    /// <summary>Starts a server that is a cluster of its own and waits until a linearizable read is answered; also tells how long that took.</summary>
    public static async Task<(BenchServer Server, TimeSpan Took)> StartAsync(ServerProgram program, string directory)
    {
        BenchServer server = Start(program, directory, FreePort(), ["--listen-peer-urls", Url(FreePort())]);
        return (server, await server.WaitHealthyAsync());
    }

    /// <summary>Starts a server with these flags besides its directory, its clients' URL and the log level.</summary>
    public static BenchServer Start(ServerProgram program, string directory, int port, IReadOnlyList<string> flags)
    {
        ProcessStartInfo start = new(program.FileName, [
            .. program.Arguments, "--data-dir", directory, "--listen-client-urls", Url(port), "--advertise-client-urls", Url(port), "--log-level", "error", .. flags,
        ]);
        return new BenchServer(program, Process.Start(start)!, port);
    }

    public static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public static string Url(int port) => $"http://127.0.0.1:{port}";

    /// <summary>Waits until it answers a linearizable read; tells how long it took from the process's start.</summary>
    public async Task<TimeSpan> WaitHealthyAsync()
    {
        while (!await IsHealthyAsync())
        {
            if (_process.HasExited || Stopwatch.GetElapsedTime(_startedAt) > StartLimit)
                throw new InvalidOperationException($"{_program.Name} did not start");
            await Task.Delay(2);
        }
        return Stopwatch.GetElapsedTime(_startedAt);
    }

    /// <summary>SIGTERM, then the end.</summary>
    public async Task StopAsync()
    {
        await SignalAsync("TERM");
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGKILL; returns at once.</summary>
    public void Kill() => _process.Kill();

    /// <summary>SIGSTOP: the process does nothing any more, its connections stay.</summary>
    public Task PauseAsync() => SignalAsync("STOP");

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private async Task SignalAsync(string name)
    {
        using Process kill = Process.Start("kill", ["-" + name, _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    private async Task<bool> IsHealthyAsync()
    {
        try
        {
            using HttpResponseMessage response = await Http.GetAsync(new Uri($"{Url(Port)}/health"));
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private double Kibibytes(string name)
    {
        string line = File.ReadLines($"/proc/{_process.Id}/status").First(line => line.StartsWith(name, StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)[1], CultureInfo.InvariantCulture);
    }
}
