using Tenet.Protocol.Errors;

namespace Tenet.Server.Requests;

/// <summary>How long something may be waited for: until a time has passed, the caller has gone or the member stops.</summary>
internal sealed class Patience : IDisposable
{
    private readonly CancellationTokenSource _time;
    private readonly CancellationTokenSource _any;
    private readonly CancellationToken _caller;
    private readonly CancellationToken _stopping;

    public Patience(TimeProvider clock, TimeSpan time, CancellationToken caller, CancellationToken stopping)
    {
        _caller = caller;
        _stopping = stopping;
        _time = new CancellationTokenSource(time, clock);
        _any = CancellationTokenSource.CreateLinkedTokenSource(_time.Token, caller, stopping);
    }

    public CancellationToken Token => _any.Token;

    public bool IsOver => _any.IsCancellationRequested;

    /// <summary>What the caller is told when it is over.</summary>
    public EtcdError Refusal =>
        _stopping.IsCancellationRequested ? EtcdErrors.Stopped : _caller.IsCancellationRequested ? EtcdErrors.RequestCanceled : EtcdErrors.Timeout;

    public void Dispose()
    {
        _any.Dispose();
        _time.Dispose();
    }
}
