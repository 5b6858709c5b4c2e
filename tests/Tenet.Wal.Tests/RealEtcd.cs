using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Tenet.Tests;

namespace Tenet.Wal.Tests;

/// <summary>A single real etcd on loopback over a data directory.</summary>
internal sealed class RealEtcd : IDisposable
{
    private readonly Process _process;
    private readonly string _endpoint;
    private readonly string _logPath;

    public RealEtcd(string dataDirectory, int clientPort, int peerPort, params string[] flags)
    {
        _endpoint = $"http://127.0.0.1:{clientPort}";
        _logPath = dataDirectory + ".log";
        string peer = $"http://127.0.0.1:{peerPort}";
        string[] arguments =
        [
            "--name", "n1", "--data-dir", dataDirectory, "--listen-client-urls", _endpoint, "--advertise-client-urls", _endpoint,
            "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", $"n1={peer}",
            "--log-outputs", _logPath, .. flags,
        ];
        _process = Process.Start(new ProcessStartInfo(EtcdPrograms.New("etcd"), arguments))!;
    }

    public static (int Client, int Peer) FreePorts()
    {
        int Free()
        {
            while (true)
            {
                using var listener = new TcpListener(IPAddress.Loopback, 0);
                listener.Start();
                int port = ((IPEndPoint)listener.LocalEndpoint).Port;
                if (port % 2 == 1)
                    return port;
            }
        }

        return (Free(), Free());
    }

    /// <summary>Runs etcdctl until it succeeds, which it does once the member serves.</summary>
    public string Control(string input, params string[] arguments)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            var start = new ProcessStartInfo(EtcdPrograms.New("etcdctl"), ["--endpoints", _endpoint, .. arguments])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            start.Environment["ETCDCTL_API"] = "3";
            using Process control = Process.Start(start)!;
            Task<string> errors = control.StandardError.ReadToEndAsync();
            control.StandardInput.Write(input);
            control.StandardInput.Close();
            string output = control.StandardOutput.ReadToEnd();
            control.WaitForExit();
            if (control.ExitCode == 0)
                return output;
            Assert.False(_process.HasExited, $"etcd ended: {string.Join('\n', File.ReadLines(_logPath).TakeLast(5))}");
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), errors.Result);
        }
    }

    /// <summary>kill -9.</summary>
    public void Kill()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        Kill();
        _process.Dispose();
    }
}
