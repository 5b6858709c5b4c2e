using Google.Protobuf;
using Tenet.Foundation.Randomness;
using Tenet.Interop.Tests.Processes;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Interop.Tests.DataDirectory;

/// <summary>Puts load of every kind on a server until the server dies.</summary>
internal sealed class Workload(ServerProcess server, SeededRandom random)
{
    private const int Writers = 8;
    private long _acknowledged;

    /// <summary>The highest revision that the server has acknowledged.</summary>
    public long Acknowledged => Interlocked.Read(ref _acknowledged);

    /// <summary>Runs until so many writes are acknowledged, then kills the server in the midst of more.</summary>
    public async Task RunAndKillAsync(int writes)
    {
        TaskCompletionSource enough = new(TaskCreationOptions.RunContinuationsAsynchronously);
        int done = 0;
        Task[] writers = new Task[Writers];
        for (int writer = 0; writer < Writers; writer++)
        {
            SeededRandom own = random.Fork();
            int number = writer;
            writers[writer] = Task.Run(async () =>
            {
                try
                {
                    while (true)
                    {
                        Acknowledge(await WriteAsync(own, number));
                        if (Interlocked.Increment(ref done) >= writes)
                            enough.TrySetResult();
                    }
                }
                catch (HttpRequestException)
                {
                    // The server is dead, as was wanted.
                }
            });
        }
        Task all = Task.WhenAll(writers);
        Assert.True(await Task.WhenAny(enough.Task, all) == enough.Task, $"the load ended by itself: {server.Log}");
        await server.KillAsync();
        await all;
    }

    private void Acknowledge(long revision)
    {
        long known;
        while ((known = Interlocked.Read(ref _acknowledged)) < revision && Interlocked.CompareExchange(ref _acknowledged, revision, known) != known)
        {
            // Another writer was faster; look again.
        }
    }

    private async Task<long> WriteAsync(SeededRandom random, int writer)
    {
        ByteString key = ByteString.CopyFromUtf8($"load/{writer}/{random.Next(40)}");
        switch (random.Next(20))
        {
            case 0:
                return (await server.Client.GrantAsync(writer * 100 + random.Next(1, 20), 5000)).Message?.Header.Revision ?? 0;
            case 1:
                return (await server.Client.RevokeAsync(writer * 100 + random.Next(1, 20))).Message?.Header.Revision ?? 0;
            case 2:
                return (await server.Client.PutAsync(new PutRequest { Key = key, Value = key, Lease = writer * 100 + random.Next(1, 20) })).Message?.Header.Revision ?? 0;
            case 3:
                return (await server.Client.DeleteAsync(new DeleteRangeRequest { Key = key })).Value.Header.Revision;
            case 4:
                if (random.Chance(0.05))
                    await server.Client.CompactAsync(Acknowledged - random.Next(50));
                TxnRequest txn = new();
                txn.Compare.Add(new Compare { Key = key, Target = Compare.Types.CompareTarget.Version, Result = Compare.Types.CompareResult.Greater });
                txn.Success.Add(new RequestOp { RequestDeleteRange = new() { Key = key } });
                txn.Success.Add(new RequestOp { RequestPut = new() { Key = ByteString.CopyFromUtf8($"load/txn/{writer}"), Value = key } });
                txn.Failure.Add(new RequestOp { RequestPut = new() { Key = key, Value = key } });
                return (await server.Client.TxnAsync(txn)).Value.Header.Revision;
            default:
                byte[] value = new byte[random.Next(1, 2000)];
                random.Fill(value);
                return (await server.Client.PutAsync(new PutRequest { Key = key, Value = ByteString.CopyFrom(value) })).Value.Header.Revision;
        }
    }
}
