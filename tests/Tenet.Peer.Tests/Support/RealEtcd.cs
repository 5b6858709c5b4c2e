using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Tenet.Server.Peers;
using Tenet.Tests;

namespace Tenet.Peer.Tests.Support;

/// <summary>A single real etcd 3.5.30 on loopback.</summary>
internal sealed class RealEtcd : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("tenet-peer-").FullName;
    private readonly Process _process;

    private RealEtcd()
    {
        (int client, int peer) = (FreePort(), FreePort());
        PeerUrl = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{peer}");
        string clientUrl = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{client}");
        _process = Process.Start(new ProcessStartInfo(
            EtcdPrograms.New("etcd"),
            [
                "--name", "n1", "--data-dir", Path.Combine(_directory, "data"), "--listen-client-urls", clientUrl, "--advertise-client-urls", clientUrl,
                "--listen-peer-urls", PeerUrl, "--initial-advertise-peer-urls", PeerUrl, "--initial-cluster", $"n1={PeerUrl}",
                "--log-outputs", Path.Combine(_directory, "log"),
            ]))!;
    }

    public string PeerUrl { get; }

    public PeerMembership Members { get; private set; } = null!;

    /// <summary>Starts it and waits until it has published itself.</summary>
    public static async Task<RealEtcd> StartAsync(IPeerClient client)
    {
        RealEtcd etcd = new();
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(30));
        while (true)
        {
            try
            {
                etcd.Members = await client.GetMembersAsync(etcd.PeerUrl, patience.Token);
                if (etcd.Members.Members.Count == 1 && etcd.Members.Members[0].Name == "n1" && (await client.GetVersionsAsync(etcd.PeerUrl, patience.Token)).Cluster is not null)
                    return etcd;
            }
            catch (PeerRequestException)
            {
                // Not up yet.
            }
            await Task.Delay(20, patience.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
