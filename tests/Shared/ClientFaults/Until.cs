namespace Tenet.Tests.ClientFaults;

/// <summary>Waits for conditions.</summary>
internal static class Until
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Waits until a condition holds.</summary>
    public static async Task TrueAsync(string what, Func<bool> condition)
    {
        using CancellationTokenSource limit = new(Limit);
        while (!condition())
        {
            if (limit.IsCancellationRequested)
                throw new TimeoutException($"in vain waited {Limit.TotalSeconds} s until {what}");
            await Task.Delay(10);
        }
    }
}
