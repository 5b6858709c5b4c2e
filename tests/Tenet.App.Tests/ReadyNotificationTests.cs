using System.Net.Sockets;
using System.Text;
using Tenet.Foundation.Logging;

namespace Tenet.App.Tests;

public sealed class ReadyNotificationTests
{
    [Fact]
    public void Systemd_is_told_once_that_the_member_serves()
    {
        string path = Path.Combine(Path.GetTempPath(), $"notify-{Guid.NewGuid():N}");
        try
        {
            using Socket systemd = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            systemd.Bind(new UnixDomainSocketEndPoint(path));
            ReadyNotification.Send(path, NoLog.Instance);
            Assert.Equal("READY=1", Received(systemd));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void An_abstract_socket_is_one_whose_name_begins_with_an_at_sign()
    {
        string name = $"tenet-notify-{Guid.NewGuid():N}";
        using Socket systemd = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        systemd.Bind(new UnixDomainSocketEndPoint('\0' + name));
        ReadyNotification.Send('@' + name, NoLog.Instance);
        Assert.Equal("READY=1", Received(systemd));
    }

    private static string Received(Socket socket)
    {
        byte[] buffer = new byte[64];
        return Encoding.ASCII.GetString(buffer, 0, socket.Receive(buffer));
    }
}
