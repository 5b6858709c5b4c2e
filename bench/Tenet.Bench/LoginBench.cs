using System.Diagnostics;
using Google.Protobuf;
using Tenet.Bench.Cluster;
using Tenet.Protocol.Authpb;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Bench;

/// <summary>
/// A user puts at an even pace, first undisturbed, then beside a flood of wrong logins in the names of others; another logs in once in a while. The passwords have etcd's usual cost.
/// </summary>
internal sealed class LoginBench(BenchOptions options, ServerProgram program, ResultTable table)
{
    private const int PutsPerSecond = 1_000;
    private const int LoginsPerSecond = 10_000;
    private const int Keys = 10_000;
    private const int Connections = 4;
    private const int Victims = 16;
    private const string Password = "a right password";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Scale _scale = options.Scale;

    public async Task RunAsync()
    {
        string data = DataDirectory.Fresh(options.Directory, "logins");
        BenchServer server = BenchServer.Start(program, data, BenchServer.FreePort(), ["--listen-peer-urls", BenchServer.Url(BenchServer.FreePort())]);
        using (server)
        {
            await server.WaitHealthyAsync();
            string[] victims = [.. Enumerable.Range(0, Victims).Select(number => $"victim{number}")];
            await MakeUsersAsync(server.Port, victims);
            using MemberCalls nobody = new(server.Port);
            AuthenticateResponse? login = await LogInAsync(nobody, "writer");
            using PacedPuts puts = new(server.Port, PutsPerSecond, Keys, login?.Token ?? throw new InvalidOperationException($"{program.Name} lets nobody in"));
            await Task.Delay(_scale.WarmUp);
            TimeSpan processorBefore = server.ProcessorTime;
            TimeSpan[] quiet = await puts.DuringAsync(() => Task.Delay(2 * _scale.Measured));
            TimeSpan processorQuiet = server.ProcessorTime - processorBefore;
            long failed = puts.Failed;

            // A fifth of the names are nobody's.
            string[] names = [.. victims, .. Enumerable.Range(0, Victims / 4).Select(number => $"nobody{number}")];
            LoginFlood[] floods = [.. Enumerable.Range(0, Connections).Select(_ => new LoginFlood(LoginsPerSecond / Connections, names))];
            foreach (LoginFlood flood in floods)
                await flood.ConnectAsync(server.Port);
            Task flooding = Task.WhenAll(floods.Select(flood => flood.RunAsync()));
            await Task.WhenAny(flooding, Task.Delay(_scale.WarmUp));
            (long sentBefore, long answeredBefore, long began) = (floods.Sum(flood => flood.Sent), floods.Sum(flood => flood.Answered), Stopwatch.GetTimestamp());
            processorBefore = server.ProcessorTime;
            Task<List<TimeSpan?>> logins = LogInForAsync(nobody, 2 * _scale.Measured);
            TimeSpan[] busy = await puts.DuringAsync(() => Task.Delay(2 * _scale.Measured), limit: TimeSpan.FromSeconds(5));
            TimeSpan processorBusy = server.ProcessorTime - processorBefore;
            double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
            long refused = puts.Failed - failed;
            long sent = floods.Sum(flood => flood.Sent) - sentBefore;
            long answered = floods.Sum(flood => flood.Answered) - answeredBefore;
            await Task.WhenAny(logins, Task.Delay(Patience));
            foreach (LoginFlood flood in floods)
                flood.Stop();
            await flooding;

            // A server may be at the wrong logins for an hour yet: it is not waited for, its end ends all calls.
            server.Kill();
            List<TimeSpan?> right = await logins;
            string what = $"{PutsPerSecond:#,0} puts/s";
            Note($"{what}: p99 without logins", At(quiet, 0.99));
            Note($"{what}: p99 beside {LoginsPerSecond:#,0} wrong logins/s", At(busy, 0.99));
            Note($"{what}: median without logins", At(quiet, 0.5));
            Note($"{what}: median beside them", At(busy, 0.5));
            table.Add(program.Name, $"{what}: refused beside them", "", refused, 0, false);
            table.Add(program.Name, "processors busy without logins", "", processorQuiet / (2 * _scale.Measured), 0, false);
            table.Add(program.Name, "processors busy beside them", "", processorBusy.TotalSeconds / seconds, 0, false);
            table.Add(program.Name, "wrong logins sent", "/s", sent / seconds, 0, true);
            table.Add(program.Name, "wrong logins answered", "/s", answered / seconds, 0, true);
            table.Add(program.Name, "right logins beside them: failed", "", right.Count(took => took is null), 0, false);
            TimeSpan[] done = [.. right.OfType<TimeSpan>().Order()];
            if (done.Length > 0)
                Note("right logins beside them: median", At(done, 0.5));
            table.Add(program.Name, $"{what}: p99 beside / without", "", At(busy, 0.99) / At(quiet, 0.99), 0, false);
            await puts.StopAsync();
        }

        Directory.Delete(data, recursive: true);
    }

    /// <summary>One login after another.</summary>
    /// <returns>How long each took; null for one that failed.</returns>
    private static async Task<List<TimeSpan?>> LogInForAsync(MemberCalls calls, TimeSpan time)
    {
        List<TimeSpan?> taken = [];
        for (long began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < time;)
        {
            long asked = Stopwatch.GetTimestamp();
            taken.Add(await LogInAsync(calls, "reader") is null ? null : Stopwatch.GetElapsedTime(asked));
            await Task.Delay(500);
        }

        return taken;
    }

    private static Task<AuthenticateResponse?> LogInAsync(MemberCalls calls, string user) =>
        calls.CallAsync("/etcdserverpb.Auth/Authenticate", new AuthenticateRequest { Name = user, Password = Password }, AuthenticateResponse.Parser, Patience);

    private static async Task MakeUsersAsync(int port, string[] victims)
    {
        using MemberCalls calls = new(port);
        await DoAsync("UserAdd", new AuthUserAddRequest { Name = "root", Password = Password }, AuthUserAddResponse.Parser);
        await DoAsync("UserGrantRole", new AuthUserGrantRoleRequest { User = "root", Role = "root" }, AuthUserGrantRoleResponse.Parser);
        await DoAsync("RoleAdd", new AuthRoleAddRequest { Name = "keys" }, AuthRoleAddResponse.Parser);
        Permission all = new() { PermType = Permission.Types.Type.Readwrite, Key = ByteString.CopyFromUtf8("key/"), RangeEnd = ByteString.CopyFromUtf8("key0") };
        await DoAsync("RoleGrantPermission", new AuthRoleGrantPermissionRequest { Name = "keys", Perm = all }, AuthRoleGrantPermissionResponse.Parser);
        foreach (string user in (string[])["writer", "reader", .. victims])
        {
            await DoAsync("UserAdd", new AuthUserAddRequest { Name = user, Password = Password }, AuthUserAddResponse.Parser);
            await DoAsync("UserGrantRole", new AuthUserGrantRoleRequest { User = user, Role = "keys" }, AuthUserGrantRoleResponse.Parser);
        }

        await DoAsync("AuthEnable", new AuthEnableRequest(), AuthEnableResponse.Parser);

        async Task DoAsync<T>(string method, IMessage request, MessageParser<T> parser)
            where T : class, IMessage<T>
        {
            if (await calls.CallAsync($"/etcdserverpb.Auth/{method}", request, parser, Patience) is null)
                throw new InvalidOperationException($"{method} was refused");
        }
    }

    private static double At(TimeSpan[] ordered, double share) => ordered[(int)(ordered.Length * share)].TotalMilliseconds;

    private void Note(string metric, double milliseconds) => table.Add(program.Name, metric, "ms", milliseconds, 0, false);
}
