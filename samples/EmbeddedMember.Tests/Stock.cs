using System.Globalization;
using Tenet.Client;

namespace Tenet.Samples.EmbeddedMember;

/// <summary>What is to be tested: code of an application that keeps its state in a cluster. Goods are taken from stock, never more than there are.</summary>
public sealed class Stock(TenetClient client)
{
    /// <summary>Says how many there are.</summary>
    public Task SetAsync(string item, int count, CancellationToken cancellation = default) =>
        client.Kv.PutAsync(Key(item), Text(count), cancellation: cancellation);

    /// <summary>How many there are.</summary>
    public async Task<int> CountAsync(string item, CancellationToken cancellation = default) => Count(await client.Kv.GetAsync(Key(item), cancellation: cancellation));

    /// <summary>Takes one; false if there is none left.</summary>
    public async Task<bool> TryTakeAsync(string item, CancellationToken cancellation = default)
    {
        while (await client.Kv.GetAsync(Key(item), cancellation: cancellation) is { } now && Count(now) > 0)
        {
            TxnResult taken = await client.Kv.Txn()
                .If(Condition.Unchanged(now))
                .Then(Operation.Put(Key(item), Text(Count(now) - 1)))
                .CommitAsync(cancellation);
            if (taken.Succeeded)
                return true;
        }
        return false;
    }

    private static string Key(string item) => $"stock/{item}";

    private static int Count(KeyValue? value) => value is null ? 0 : int.Parse(value.ValueText, CultureInfo.InvariantCulture);

    private static string Text(int count) => count.ToString(CultureInfo.InvariantCulture);
}
