using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace Tenet.Rpc.Guarding;

/// <summary>
/// Stands between an HTTP/2 connection and Kestrel, which has no say for its host in pings and resets. Bytes pass through uncopied; a caller
/// that has to go is told why (GOAWAY), and after that hears and says nothing more.
/// </summary>
internal sealed class GuardedTransport : IDuplexPipe
{
    private GuardedTransport(IDuplexPipe inner, CallerConduct conduct)
    {
        var output = new GuardedOutput(inner.Output, conduct);
        Input = new GuardedInput(inner.Input, conduct, output);
        Output = output;
    }

    public PipeReader Input { get; }

    public PipeWriter Output { get; }

    /// <summary>Guards a connection of which nothing has been consumed.</summary>
    /// <param name="connection">The connection; its <see cref="CallerConduct"/> becomes a feature of it.</param>
    /// <param name="pings">How often its caller may ping; null for as often as it likes.</param>
    public static void Attach(ConnectionContext connection, PingPolicy? pings)
    {
        var conduct = new CallerConduct(pings);
        connection.Transport = new GuardedTransport(connection.Transport, conduct);
        connection.Features.Set(conduct);
    }
}
