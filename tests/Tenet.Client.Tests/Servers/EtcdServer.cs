using System.Diagnostics;
using Tenet.Client.Calls;
using Tenet.Client.Calls.Methods;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Tests;

namespace Tenet.Client.Tests.Servers;

internal sealed class EtcdServer : TestServer
{
    private readonly int _peerPort = Ports.Next();
    private Process? _process;

    public override async Task StartAsync()
    {
        string peer = $"http://127.0.0.1:{_peerPort}";
        _process = Process.Start(new ProcessStartInfo(EtcdPrograms.New("etcd"),
        [
            "--data-dir", DataDirectory, "--listen-client-urls", $"http://{Endpoint}", "--advertise-client-urls", $"http://{Endpoint}",
            "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", $"default={peer}",
            "--bcrypt-cost", "4", "--log-level", "panic",
        ]))!;
        await using Channel channel = new(Endpoint);
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(30));
        while (true)
        {
            try
            {
                await channel.UnaryAsync(KvMethods.Range, new RangeRequest { Key = Google.Protobuf.ByteString.CopyFrom(0) }, CallOptions.None, limit.Token);
                return;
            }
            catch (CallException failure) when (failure.Message == Protocol.Errors.EtcdErrors.UserNameIsEmpty.Message)
            {
                return;
            }
            catch (CallException failure) when (failure.Code == Protocol.Errors.StatusCode.Unavailable)
            {
                await Task.Delay(20, limit.Token);
            }
        }
    }

    public override async Task StopAsync()
    {
        if (_process is null)
            return;
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }
}
