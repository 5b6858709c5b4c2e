namespace Tenet.Interop.Tests.Clusters;

/// <summary>Waits for conditions of running processes.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(50);

    /// <summary>Long enough for an election or two on a busy machine.</summary>
    public static TimeSpan Limit { get; } = TimeSpan.FromSeconds(30);

    /// <summary>Waits until <paramref name="attempt"/> gives something else than null.</summary>
    /// <param name="what">What is waited for, in words; said when it does not come.</param>
    /// <param name="attempt">Looks once. Network errors and time-outs count as "not yet"; its complaints are said when the wait ends in vain.</param>
    /// <param name="limit">How long to wait; <see cref="Limit"/> if null.</param>
    public static async Task<T> GetAsync<T>(string what, Func<Complaint, Task<T?>> attempt, TimeSpan? limit = null)
        where T : class
    {
        using CancellationTokenSource end = new(limit ?? Limit);
        Complaint complaint = new();
        while (true)
        {
            try
            {
                if (await attempt(complaint) is { } found)
                    return found;
            }
            catch (Exception failure) when (failure is HttpRequestException or IOException or TaskCanceledException or TimeoutException)
            {
                complaint.Text = failure.Message;
            }
            if (end.IsCancellationRequested)
                throw new TimeoutException($"in vain waited {(limit ?? Limit).TotalSeconds} s until {what}; last: {complaint.Text}");
            await Task.Delay(Pace);
        }
    }

    /// <summary>Waits until <paramref name="condition"/> holds.</summary>
    public static Task TrueAsync(string what, Func<Complaint, Task<bool>> condition, TimeSpan? limit = null) =>
        GetAsync(what, async complaint => await condition(complaint) ? what : null, limit);

    /// <summary>Why the last look was not enough.</summary>
    internal sealed class Complaint
    {
        public string Text { get; set; } = "nothing was said";

        /// <summary>Takes note of what was seen; always false, for use in a condition's last line.</summary>
        public bool Note(string text)
        {
            Text = text;
            return false;
        }
    }
}
