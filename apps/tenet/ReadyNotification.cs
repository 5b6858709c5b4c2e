using System.Net.Sockets;
using Tenet.Foundation.Logging;

namespace Tenet.App;

/// <summary>Tells systemd that the member serves (sd_notify(3)): units of <c>Type=notify</c>, as etcd's packages have them, wait for it.</summary>
internal static class ReadyNotification
{
    private const string SocketVariable = "NOTIFY_SOCKET";

    public static void Send(ILog log) => Send(Environment.GetEnvironmentVariable(SocketVariable), log);

    /// <param name="socket">Path of the socket, an abstract one if it begins with @; null where nobody waits.</param>
    /// <param name="log">Told as etcd tells its own.</param>
    public static void Send(string? socket, ILog log)
    {
        log.Info("notifying init daemon");
        if (!string.IsNullOrEmpty(socket))
        {
            try
            {
                using Socket notify = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
                notify.SendTo("READY=1"u8, new UnixDomainSocketEndPoint(socket[0] == '@' ? '\0' + socket[1..] : socket));
            }
            catch (SocketException problem)
            {
                log.Error("failed to notify systemd for readiness", new LogField("error", problem.Message));
                return;
            }
        }
        log.Info("successfully notified init daemon");
    }
}
