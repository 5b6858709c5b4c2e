using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Tenet.Bench;

/// <summary>How a server is started.</summary>
internal sealed record ServerProgram(string Name, string FileName, string[] Arguments);

/// <summary>A server under load, with its own data directory.</summary>
internal sealed class BenchServer : IDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(5);
    private static readonly HttpClient Http = new();
    private readonly Process _process;

    private BenchServer(Process process, int port)
    {
        _process = process;
        Port = port;
    }

    public int Port { get; }

    /// <summary>Resident memory in MiB, as the system counts it: file pages that are mapped included.</summary>
    public double ResidentMebibytes => Kibibytes("VmRSS:") / 1024.0;

    /// <summary>The part of it that no file backs.</summary>
    public double AnonymousMebibytes => Kibibytes("RssAnon:") / 1024.0;

    /// <summary>Starts the server and waits until a linearizable read is answered; also tells how long that took.</summary>
    public static async Task<(BenchServer Server, TimeSpan Took)> StartAsync(ServerProgram program, string directory)
    {
        int port = FreePort();
        string url = $"http://127.0.0.1:{port}";
        ProcessStartInfo start = new(program.FileName, [
            .. program.Arguments, "--data-dir", directory, "--listen-client-urls", url, "--advertise-client-urls", url,
            "--listen-peer-urls", $"http://127.0.0.1:{FreePort()}", "--log-level", "error",
        ]);
        long began = Stopwatch.GetTimestamp();
        BenchServer server = new(Process.Start(start)!, port);
        while (!await server.IsHealthyAsync())
        {
            if (server._process.HasExited || Stopwatch.GetElapsedTime(began) > StartLimit)
                throw new InvalidOperationException($"{program.Name} did not start");
            await Task.Delay(2);
        }
        return (server, Stopwatch.GetElapsedTime(began));
    }

    /// <summary>SIGTERM, then the end.</summary>
    public async Task StopAsync()
    {
        using Process kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        await _process.WaitForExitAsync();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }
        _process.Dispose();
    }

    private async Task<bool> IsHealthyAsync()
    {
        try
        {
            using HttpResponseMessage response = await Http.GetAsync(new Uri($"http://127.0.0.1:{Port}/health"));
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

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
