using System.Runtime.InteropServices;

namespace Tenet.Ctl.Processes;

/// <summary>While it lives, SIGINT and SIGTERM do not end the process but fire a token, so that what is held can be given back.</summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _source;
    private readonly PosixSignalRegistration[] _registrations;

    public Interruption(CancellationToken cancellation)
    {
        _source = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        _registrations = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Taken), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Taken)];
    }

    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
            registration.Dispose();
        _source.Dispose();
    }

    private void Taken(PosixSignalContext context)
    {
        context.Cancel = true;
        _source.Cancel();
    }
}
