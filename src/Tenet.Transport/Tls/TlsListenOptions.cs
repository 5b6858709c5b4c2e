using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Tenet.Transport.Tls;

/// <summary>What Kestrel has to do for connections that came to it with TLS already spoken.</summary>
public static class TlsListenOptions
{
    /// <summary>Ends TLS when Kestrel has done with a connection.</summary>
    public static void EndTls(this ListenOptions listen) => listen.Use(next => async connection =>
    {
        TlsSession? session = connection.Features.Get<TlsSession>();
        try
        {
            await next(connection);
        }
        finally
        {
            if (session is not null)
                await session.CloseAsync();
        }
    });
}
