using Tenet.Client;

namespace Tenet.Samples.FencedLock;

/// <summary>Workers take turns at a lock, count in the cluster and write into a ledger outside of it; a former holder is refused by both.</summary>
public static class Sample
{
    private const string LockName = "samples/ledger";
    private const string Counter = "samples/counter";
    private const int Workers = 3;

    /// <summary>Runs it.</summary>
    public static async Task RunAsync(TenetClient client, TextWriter output, CancellationToken cancellation = default)
    {
        await client.Kv.PutAsync(Counter, "0", cancellation: cancellation);
        Ledger ledger = new();
        await Task.WhenAll(Enumerable.Range(1, Workers).Select(worker => WorkAsync(client, ledger, worker, cancellation)));
        foreach (string line in ledger.Lines)
            await output.WriteLineAsync(line);
        await output.WriteLineAsync($"counted to {(await client.Kv.GetAsync(Counter, cancellation: cancellation))!.ValueText}");

        HeldLock former = await client.Locks.AcquireAsync(LockName, cancellation: cancellation);
        await former.DisposeAsync();
        await using HeldLock present = await client.Locks.AcquireAsync(LockName, cancellation: cancellation);
        ledger.TryWrite(present.FencingRevision, "by the present holder");
        await output.WriteLineAsync($"a former holder may write into the ledger: {ledger.TryWrite(former.FencingRevision, "too late")}");
        await output.WriteLineAsync($"a former holder may count: {await TryCountAsync(client, former, cancellation)}");
        await output.WriteLineAsync($"the present holder may count: {await TryCountAsync(client, present, cancellation)}");
    }

    private static async Task WorkAsync(TenetClient client, Ledger ledger, int worker, CancellationToken cancellation)
    {
        await using HeldLock held = await client.Locks.AcquireAsync(LockName, cancellation: cancellation);
        // Whatever is done under the lock ends when the lock is lost.
        using CancellationTokenSource work = CancellationTokenSource.CreateLinkedTokenSource(held.Lost, cancellation);
        if (await TryCountAsync(client, held, work.Token))
            ledger.TryWrite(held.FencingRevision, $"worker {worker} was here");
    }

    /// <summary>Within the cluster, the transaction itself sees to it that only the holder writes.</summary>
    private static async Task<bool> TryCountAsync(TenetClient client, HeldLock held, CancellationToken cancellation)
    {
        KeyValue now = (await client.Kv.GetAsync(Counter, cancellation: cancellation))!;
        TxnResult counted = await client.Kv.Txn()
            .If(held.StillHeld)
            .Then(Operation.Put(Counter, $"{int.Parse(now.ValueText, System.Globalization.CultureInfo.InvariantCulture) + 1}"))
            .CommitAsync(cancellation);
        return counted.Succeeded;
    }
}
