namespace Tenet.Rpc.Listening;

/// <summary>
/// The time that an answer still has when its caller says nothing more. It may be that he has gone; it may also be that he has closed his half of the
/// connection and waits for the answer, as scripts with <c>nc</c> do, and etcd gives it to them. Kestrel takes both for his end.
/// </summary>
internal static class AnswerTime
{
    /// <summary>Answers that take longer are those of a member that cannot serve.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <summary>Signalled that much later than a token.</summary>
    public static CancellationToken After(CancellationToken closed)
    {
        CancellationTokenSource later = new();
        closed.UnsafeRegister(static later => ((CancellationTokenSource)later!).CancelAfter(Limit), later);
        return later.Token;
    }
}
